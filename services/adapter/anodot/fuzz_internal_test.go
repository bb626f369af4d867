package anodot

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// FuzzObject reads any JSON as each kind of object: what is read is written
// back as it came, and fits on the wire.
func FuzzObject(f *testing.F) {
	f.Add(`{"timeScale":"5m","conditions":[{"type":"delta","duration":1200}],"extra":{"x":[1,null]}}`)
	f.Fuzz(func(t *testing.T, record string) {
		for _, m := range objects() {
			if readObject(json.RawMessage(record), m) != nil {
				continue
			}
			requireSound(t, m)
			roundTrip(t, record, m)
		}
	})
}

// FuzzRecords reads any JSON as each kind of record.
func FuzzRecords(f *testing.F) {
	f.Add(`{"id":"a","configuration":{"title":"Drop"},"state":{"state":"paused","pausedTime":1513760272}}`)
	f.Fuzz(func(t *testing.T, record string) {
		raw := json.RawMessage(strings.ToValidUTF8(record, "\uFFFD")) // as every answer is read
		if alert, err := fullAlertOf(raw); err == nil {
			require.NotEmpty(t, alert.GetId())
			requireSound(t, alert)
		}
		if feedback, _ := feedbackOf(raw); feedback != nil {
			require.NotEmpty(t, feedback.GetId())
			require.NoError(t, feedback.GetCreatedAt().CheckValid())
		}
		if count, err := countOf(raw); err == nil {
			require.GreaterOrEqual(t, count.GetTotal(), int64(0))
		}
		if posted, err := postedFeedbackOf(raw); err == nil {
			require.NotEmpty(t, posted.GetFeedbackId())
		}
		for _, groups := range []bool{false, true} {
			requireSound(t, convertTriggers(triggerRecords([]json.RawMessage{raw}), groups))
		}
		_, rejected := adapter.ReadEach([]json.RawMessage{raw}, objectOf[anodotv1.DataStream])
		require.LessOrEqual(t, len(rejected), 1)
	})
}

// FuzzErrors reads any answer for what it says of errors.
func FuzzErrors(f *testing.F) {
	f.Add(400, `{"errors":[{"index":"0","error":"1004","description":"slow down"}]}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		answer := vendorhttp.Answer{Status: status, Body: body}
		require.NotZero(t, classify(answer).Kind)
		if failure := partial(answer); failure != nil {
			require.NotZero(t, failure.Kind)
		}
		errs := sampleErrors(readErrors(body))
		require.LessOrEqual(t, refused(errs, 3), 3)
	})
}

// FuzzToken reads any answer as an access token.
func FuzzToken(f *testing.F) {
	f.Add(`"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE1NTYyNzc4OTl9.c2ln"`)
	f.Fuzz(func(t *testing.T, body string) {
		token, failure := tokenOf(body)
		if failure != nil {
			return
		}
		require.NotContains(t, token, "\n")
		life := lifeOf(token, time.Unix(1_800_000_000, 0))
		require.Positive(t, life)
		require.LessOrEqual(t, life, tokenLife)
	})
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
