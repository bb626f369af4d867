package anura

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// FuzzReport reads any JSON as a page of either product's report.
func FuzzReport(f *testing.F) {
	f.Add(`{"total":{"nonsuspect":17,"suspect":8},"table":{"headers":["Instance","Suspect"],"all":["All",8],` +
		`"rows":[["%7B%22id%22%3A7%2C%22name%22%3A%22a%22%7D","8"]]},"chart":[["Date"],["20260924"]],"query":{"pages":1}}`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, isScript := range []bool{false, true} {
			answer, err := fieldsOf(answered(body))
			if err != nil {
				return
			}
			require.GreaterOrEqual(t, int64(queryOf(answer["query"]).Pages), int64(0))
			got, failure := reportOf(answer, isScript)
			if failure != nil {
				continue
			}
			requireSound(t, got)
			for _, row := range got.GetRows() {
				require.Len(t, row.GetCells(), len(got.GetColumns()))
			}
		}
	})
}

// FuzzOverview reads any JSON as the overviews of both products.
func FuzzOverview(f *testing.F) {
	f.Add(`{"total":{"nonsuspect":1,"suspect":2,"good":3},"chart":[["Date","Suspect","Non-Suspect","Good"],["20260924",1,2,3]]}`)
	f.Fuzz(func(t *testing.T, body string) {
		var w wireOverview
		if json.Unmarshal(answered(body), &w) != nil {
			return
		}
		if got, failure := w.overview(20260923, 20260924); failure == nil {
			for _, row := range got.rows {
				if day, err := got.columns.dayOf(row); err == nil {
					require.GreaterOrEqual(t, day.GetSuspect(), int64(0))
					_, err := parseDay(day.GetDay())
					require.NoError(t, err)
				}
			}
		}
		if got, failure := w.scriptOverview(20260924, 20260924); failure == nil {
			requireSound(t, got)
		}
	})
}

// FuzzRecords reads any JSON as each kind of record.
func FuzzRecords(f *testing.F) {
	f.Add(`{"id":"kuDZdF6v","name":"a+b","status":"Ready","requested":"2022-09-24T13:22:31+00:00","columns":{"standard":["a"]}}`)
	f.Fuzz(func(t *testing.T, record string) {
		raw := answered(record)
		if report, err := rawReportOf(raw); err == nil {
			require.NotEmpty(t, report.GetId())
			if report.GetCreatedAt() != nil {
				require.NoError(t, report.GetCreatedAt().CheckValid())
			}
			requireSound(t, report)
		}
		if instance, err := instanceOf(raw); err == nil {
			require.NotEmpty(t, instance.GetId())
			requireSound(t, instance)
		}
		if name, err := nameOf(raw); err == nil {
			require.True(t, utf8.ValidString(*name))
		}
		if answer, err := fieldsOf(raw); err == nil {
			requireSound(t, &anurav1.ListRawReportsResponse{Limits: limitsOf(answer), Extra: answer.rest()})
		}
		_, rejected := adapter.ReadEach([]json.RawMessage{raw}, rawReportOf)
		require.LessOrEqual(t, len(rejected), 1)
	})
}

// FuzzErrors reads any answer for what it says of an error.
func FuzzErrors(f *testing.F) {
	f.Add(400, `{"error":"bad+window"}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		failure := classify(vendorhttp.Answer{Status: status, Body: string(answered(body))})
		require.NotZero(t, failure.Kind)
		require.True(t, utf8.ValidString(failure.Detail))
	})
}

// FuzzText decodes any text, and takes any as a link.
func FuzzText(f *testing.F) {
	f.Add("https%3A%2F%2Fexample.com%2F%FF")
	f.Fuzz(func(t *testing.T, text string) {
		text = string(answered(text))
		require.True(t, utf8.ValidString(decode(text)))
		if link, ok := linkOf(text); ok {
			requireSound(t, &anurav1.GetRawReportLinkResponse{Url: link})
		}
		requireSound(t, &anurav1.DownloadRawReportResponse{ContentType: mediaTypeOf(text)})
	})
}

// answered makes a text what an answer is read as: valid UTF-8.
func answered(body string) json.RawMessage {
	return json.RawMessage(strings.ToValidUTF8(body, "\uFFFD"))
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
