package anomify

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// FuzzRecords reads any JSON as each kind of record: what is read has what is
// indispensable and fits on the wire.
func FuzzRecords(f *testing.F) {
	f.Add(`{"id":7786,"metric":"m","value":1,"timestamp":1657024800,"training":{"trainable":true},"chips":"a,b"}`)
	f.Fuzz(func(t *testing.T, record string) {
		raw := asAnswered(record)
		if anomaly, err := anomalyOf(raw); err == nil {
			require.NotEmpty(t, anomaly.GetId())
			require.NotEmpty(t, anomaly.GetMetric())
			require.NoError(t, anomaly.GetTimestamp().CheckValid())
			requireSound(t, anomaly)
		}
		if watcher, err := watcherOf(raw); err == nil {
			require.NotEmpty(t, watcher.GetId())
			requireSound(t, watcher)
		}
		if pattern, err := objectOf[anomifyv1.Pattern](raw); err == nil {
			require.NotEmpty(t, pattern.GetId())
			requireSound(t, pattern)
		}
		if alert, err := objectOf[anomifyv1.AdminAlert](raw); err == nil {
			requireSound(t, alert)
		}
		if channel, err := channelOf(raw); err == nil {
			requireSound(t, channel)
		}
	})
}

// FuzzData reads any JSON as the data of an envelope.
func FuzzData(f *testing.F) {
	f.Add(`{"timeseries":[[1,2],[3,null]],"yhat":{"1657024800":{"value":1,"expected":2}},"anomalies":{"9":{}},"org":{"id":1},"total":7}`)
	f.Fuzz(func(t *testing.T, data string) {
		raw := asAnswered(data)
		require.GreaterOrEqual(t, totalIn(raw), int64(0))
		if records, failure := listIn(raw, "anomalies"); failure == nil {
			for _, record := range records {
				require.True(t, json.Valid(record))
			}
		}
		if points, err := pointsIn(raw, "timeseries", pointOf); err == nil {
			for _, p := range points {
				require.NoError(t, p.GetTimestamp().CheckValid())
				requireSound(t, p)
			}
		}
		if points, err := pointsIn(raw, "yhat", expectedPointOf); err == nil {
			for i, p := range points {
				require.False(t, i > 0 && p.GetTimestamp().AsTime().Before(points[i-1].GetTimestamp().AsTime()))
				requireSound(t, p)
			}
		}
		if kept, err := structOf(raw); err == nil {
			requireSound(t, kept)
		}
		if org, err := organisationOf(raw); err == nil {
			requireSound(t, org)
		}
		if changed, err := changedAdminAlerts(raw); err == nil {
			requireSound(t, changed)
		}
	})
}

// FuzzErrors reads any answer for what it says of errors.
func FuzzErrors(f *testing.F) {
	f.Add(401, `{"status":{"code":"401","reason":"no"},"data":{"message":"not authorized"}}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		answer := vendorhttp.Answer{Status: status, Body: strings.ToValidUTF8(body, "\uFFFD")}
		require.NotZero(t, classify(answer).Kind)
		var e envelope
		if json.Unmarshal([]byte(answer.Body), &e) != nil {
			return
		}
		if failure := e.failure(answer); failure != nil {
			require.NotZero(t, failure.Kind)
			require.NotEmpty(t, failure.Detail)
		}
	})
}

// FuzzImage reads any bytes as a picture: none that is taken holds the token.
func FuzzImage(f *testing.F) {
	const token = "2198b4ce0e9884d44b030397a6395b53"
	secrets := vendorhttp.NewRedactor(token)
	f.Add("image/png", "\x89PNG\r\n\x1a\n"+token)
	f.Add("image/svg+xml", "<svg/>")
	f.Fuzz(func(t *testing.T, declared, body string) {
		image, failure := imageOf(vendorhttp.Answer{
			Status: http.StatusOK, Header: http.Header{"Content-Type": {declared}}, Body: body,
		}, secrets)
		if failure != nil {
			require.NotZero(t, failure.Kind)
			return
		}
		require.Equal(t, body, string(image.GetContent()))
		require.True(t, strings.HasPrefix(image.GetContentType(), "image/"))
		require.NotContains(t, body, token)
		requireSound(t, image)
	})
}

// asAnswered returns a text as every answer is read.
func asAnswered(text string) json.RawMessage {
	return json.RawMessage(strings.ToValidUTF8(text, "\uFFFD"))
}

// requireSound requires that a message fits on the wire and comes back.
func requireSound(t *testing.T, m proto.Message) {
	t.Helper()
	wire, err := proto.Marshal(m)
	require.NoError(t, err)
	back := m.ProtoReflect().New().Interface()
	require.NoError(t, proto.Unmarshal(wire, back))
	require.True(t, proto.Equal(m, back))
}
