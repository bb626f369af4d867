package securereporter_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestCallReport_Exam(t *testing.T) {
	t.Parallel()
	adaptertest.Read{
		New: newBench, Secrets: []string{uuid, encoded},
		Call: func(ctx context.Context, b *adaptertest.Bench) error {
			_, err := callReport(ctx, b, "gst-balance", nil)
			return err
		},
	}.Exercise(t)
}

func TestCallReport_AsTheDocumentShowsIt(t *testing.T) {
	t.Parallel()
	answer := adaptertest.Recorded(t, "tokens.json")
	b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
	got, err := callReport(t.Context(), b, "tokens", nil)
	require.NoError(t, err)
	for _, record := range got.GetRecords() {
		require.Contains(t, answer, record.GetRaw())
		record.Raw = ""
	}
	adaptertest.Golden(t, "tokens.golden.json", got)
}

func TestCallReport_TheRequest(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		report     string
		parameters map[string]string
		path       string
		query      string
	}{
		"a slug":        {"gst-balance", nil, "/api/call/gst-balance/", ""},
		"a number":      {"123", map[string]string{"_value": "456"}, "/api/call/123/", "_value=456"},
		"odd names":     {"a b/c?d", map[string]string{"_x": "a&b=c d", "_a": ""}, "/api/call/a%20b%2Fc%3Fd/", "_a=&_x=a%26b%3Dc+d"},
		"other letters": {"bericht-für-alle", nil, "/api/call/bericht-f%C3%BCr-alle/", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, `{"message":"","ok":true,"records":[]}`))
			got, err := callReport(t.Context(), b, tc.report, tc.parameters)
			require.NoError(t, err)
			require.Empty(t, got.GetRecords())
			requests := b.Requests()
			require.Len(t, requests, 1)
			require.Equal(t, http.MethodGet, requests[0].Method)
			require.Equal(t, tc.path, requests[0].Path)
			require.Equal(t, tc.query, requests[0].Query)
			require.Equal(t, "Basic "+encoded, requests[0].Header.Get("Authorization"))
			require.Empty(t, requests[0].Body, "a GET has no body, whatever the sample code does")
		})
	}
}

func TestCallReport_TheTokenInEveryFormThatPeopleHave(t *testing.T) {
	t.Parallel()
	for name, credential := range map[string]string{
		"name and uuid":        token,
		"with a line's end":    token + "\n",
		"as the page copies":   "Basic " + encoded,
		"in lower case":        "basic  " + encoded,
		"the second half only": encoded,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBenchWith(t, credential, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Basic "+encoded {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				adaptertest.Answer(http.StatusForbidden,
					`{"message":"`+token+` `+encoded+` `+uuid+`","ok":false,"records":[]}`).ServeHTTP(w, r)
			}))
			_, err := callReport(t.Context(), b, "gst-balance", nil)
			b.Expect(t, err, adaptertest.Refused(), uuid, encoded)
		})
	}
}

func TestCallReport_TheEncodedTokenIsScrubbedWhateverItsName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "ab", "abc"} {
		plain := name + ":" + uuid
		header := base64.StdEncoding.EncodeToString([]byte(plain))
		b := newBenchWith(t, plain, adaptertest.Answer(http.StatusOK,
			`{"message":"`+header+`","ok":true,"records":[{"header":"`+header+`","uuid":"`+uuid+`"}]}`))
		got, err := callReport(t.Context(), b, "tokens", nil)
		require.NoError(t, err)
		require.NotContains(t, got.String(), header)
		require.NotContains(t, got.String(), uuid)
	}
}

func TestBudget_SixtyCallsAMinuteSomeOfThemForMailsAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"ok":true,"records":[]}`))
	adaptertest.ExerciseBudget(t, b, 56, func(ctx context.Context, b *adaptertest.Bench) error {
		_, err := callReport(ctx, b, "r", nil)
		return err
	})
	for range 4 {
		require.NoError(t, callOf("MailReport")(t.Context(), b), "mails do not wait behind polls")
	}
	b.Expect(t, callOf("MailReport")(t.Context(), b), adaptertest.RateLimited())
	require.Equal(t, 60, b.Calls())
}

func TestBudget_SixMailsAMinute(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"ok":true,"records":[]}`))
	adaptertest.ExerciseBudget(t, b, 6, callOf("MailReport"))
	require.NoError(t, callOf("CallReport")(t.Context(), b))
}

func TestCallReport_CellsKeepTheirType(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`null`:                         `{}`,
		`7`:                            `{"number":7}`,
		`-0.5e3`:                       `{"number":-500}`,
		`7.0`:                          `{"number":7}`,
		`"7"`:                          `{"text":"7"}`,
		`""`:                           `{"text":""}`,
		`"Y"`:                          `{"text":"Y","yes":true}`,
		`"N"`:                          `{"text":"N","yes":false}`,
		`"y"`:                          `{"text":"y"}`,
		`" spaced \u00e9\n"`:           `{"text":" spaced é\n"}`,
		`"2023-07-15 14:01:20.841126"`: `{"text":"2023-07-15 14:01:20.841126","time":"2023-07-15T14:01:20.841126Z"}`,
		`"2023-07-15 14:01:20"`:        `{"text":"2023-07-15 14:01:20","time":"2023-07-15T14:01:20Z"}`,
		`"2023-07-15T14:01:20"`:        `{"text":"2023-07-15T14:01:20"}`,
		`"2023-07-15 14:01:20+02:00"`:  `{"text":"2023-07-15 14:01:20+02:00"}`,
		`"2023-07-15"`:                 `{"text":"2023-07-15"}`,
		`"0000-01-01 00:00:00"`:        `{"text":"0000-01-01 00:00:00"}`,
		`"2023-13-45 99:99:99"`:        `{"text":"2023-13-45 99:99:99"}`,
		`true`:                         `{"flag":true}`,
		`false`:                        `{"flag":false}`,
		`1e999`:                        `{"text":"1e999"}`,
		`{"a": [1]}`:                   `{"text":"{\"a\": [1]}"}`,
		`[ ]`:                          `{"text":"[ ]"}`,
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, `{"message":"","ok":true,"records":[{"column": `+value+` }]}`))
			got, err := callReport(t.Context(), b, "r", nil)
			require.NoError(t, err)
			require.Len(t, got.GetRecords(), 1)
			require.Len(t, got.GetRecords()[0].GetCells(), 1)
			adaptertest.EqualJSON(t, want, got.GetRecords()[0].GetCells()["column"])
		})
	}
}

func TestCallReport_ABadRowIsRejectedAndItsNeighboursPass(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"message":"3 rows","ok":true,"records":[{"a":1},7,null,["`+encoded+`"],{"a":2},{}]}`))
	got, err := callReport(t.Context(), b, "r", nil)
	require.NoError(t, err)
	require.Equal(t, "3 rows", got.GetMessage())
	require.Len(t, got.GetRecords(), 3)
	require.InDelta(t, 2, got.GetRecords()[1].GetCells()["a"].GetNumber(), 0)
	require.Len(t, got.GetRejected(), 3)
	for i, want := range []struct{ reason, raw string }{
		{"row is no object", `7`}, {"row is null", `null`}, {"row is no object", `["[redacted]"]`},
	} {
		require.Equal(t, int32(i+1), got.GetRejected()[i].GetIndex())
		require.Contains(t, got.GetRejected()[i].GetReason(), want.reason)
		require.Equal(t, want.raw, got.GetRejected()[i].GetRaw())
	}
	require.NotContains(t, b.Log.String(), "WARN", "the caller is told")
}

func TestCallReport_RefusesWhatIsNoReport(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.NotFoundHandler())
	for _, report := range []string{"", ".", ".."} {
		_, err := callReport(t.Context(), b, report, nil)
		b.ExpectInvalid(t, err, "report")
	}
	_, err := callReport(t.Context(), b, "r", map[string]string{"": "1"})
	b.ExpectInvalid(t, err, "parameters")
}

func TestCallReport_DatetimesAreReadInTheConfiguredZone(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	configured := func(s *config.Source) {
		s.Reports = []config.Report{{Name: "in-berlin", Location: berlin}, {Name: "unsaid"}}
	}
	b := newBenchOf(t, token, configured, adaptertest.Answer(http.StatusOK,
		`{"message":"","ok":true,"records":[{"summer":"2023-07-15 14:00:00.5","winter":"2023-01-15 14:00:00"}]}`))
	for _, tc := range []struct{ report, zone, summer, winter string }{
		{"in-berlin", "", "2023-07-15T12:00:00.5Z", "2023-01-15T13:00:00Z"},
		{"in-berlin", "UTC", "2023-07-15T14:00:00.5Z", "2023-01-15T14:00:00Z"},
		{"unsaid", "", "2023-07-15T14:00:00.5Z", "2023-01-15T14:00:00Z"},
		{"another", "", "2023-07-15T14:00:00.5Z", "2023-01-15T14:00:00Z"},
		{"another", "America/New_York", "2023-07-15T18:00:00.5Z", "2023-01-15T19:00:00Z"},
	} {
		got, err := clientOf(b).CallReport(t.Context(), &securereporterv1.CallReportRequest{
			Source: adaptertest.Source, Report: tc.report, TimeZone: tc.zone,
		})
		require.NoError(t, err)
		cells := got.GetRecords()[0].GetCells()
		require.Equal(t, tc.summer, cells["summer"].GetTime().AsTime().Format(time.RFC3339Nano), tc)
		require.Equal(t, tc.winter, cells["winter"].GetTime().AsTime().Format(time.RFC3339Nano), tc)
		require.Equal(t, "2023-01-15 14:00:00", cells["winter"].GetText(), "the text stays")
	}
}

func TestCallReport_RefusesWhatIsNoZone(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.NotFoundHandler())
	for _, zone := range []string{"Local", "Berlin", "../../etc/passwd", "+02:00"} {
		_, err := clientOf(b).CallReport(t.Context(), &securereporterv1.CallReportRequest{
			Source: adaptertest.Source, Report: "r", TimeZone: zone,
		})
		b.ExpectInvalid(t, err, "time_zone")
	}
}
