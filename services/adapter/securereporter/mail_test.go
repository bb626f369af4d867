package securereporter_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// breakOff answers 200 and closes the connection within the body.
func breakOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(`{"ok":`))
}

func TestMailReport_AnyAnswerThatIsNoFailureIsASuccess(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer  http.Handler
		message string
	}{
		"as a call":  {adaptertest.Answer(http.StatusOK, `{"message":"sent to ana","ok":true,"records":[]}`), "sent to ana"},
		"nothing":    {adaptertest.Answer(http.StatusNoContent, ""), ""},
		"words":      {adaptertest.Answer(http.StatusOK, "sent"), ""},
		"HTML":       {adaptertest.Answer(http.StatusOK, "<html>sent</html>"), ""},
		"half":       {adaptertest.Answer(http.StatusOK, `{"message":"sen`), ""},
		"long":       {adaptertest.Answer(http.StatusOK, strings.Repeat("x", 1<<20)), ""},
		"broken off": {http.HandlerFunc(breakOff), ""},
		"not now":    {adaptertest.Answer(http.StatusAccepted, `{"message":"queued"}`), "queued"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, tc.answer)
			got, err := clientOf(b).MailReport(t.Context(), &securereporterv1.MailReportRequest{
				Source: adaptertest.Source, Report: "bericht/für alle", Parameters: map[string]string{"_a": "x&y = z", "_b": "ü"},
			})
			require.NoError(t, err)
			require.Equal(t, tc.message, got.GetMessage())
			requests := b.Requests()
			require.Len(t, requests, 1)
			require.Equal(t, "/report/mail/bericht%2Ff%C3%BCr%20alle/", requests[0].Path)
			require.Equal(t, "_a=x%26y+%3D+z&_b=%C3%BC", requests[0].Body)
			require.Empty(t, requests[0].Query)
		})
	}
}

func TestMailReport_IsNeverRepeatedAndSaysWhatIsKnown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer http.Handler
		want   adaptertest.Failure
	}{
		"no answer":     {http.HandlerFunc(adaptertest.Vanish), adaptertest.OutcomeUnknown()},
		"500":           {adaptertest.Answer(http.StatusInternalServerError, `{"message":"no mail server","ok":false}`), adaptertest.OutcomeUnknown()},
		"502":           {adaptertest.Answer(http.StatusBadGateway, "<html></html>"), adaptertest.OutcomeUnknown()},
		"503":           {adaptertest.Answer(http.StatusServiceUnavailable, ""), adaptertest.Unavailable()},
		"404":           {adaptertest.Answer(http.StatusNotFound, ""), adaptertest.NotFound()},
		"not ok":        {adaptertest.Answer(http.StatusOK, `{"message":"no value for bind variable :_site","ok":false}`), adaptertest.Refused()},
		"rate exceeded": {adaptertest.Answer(http.StatusTooManyRequests, ""), adaptertest.RateLimited()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, tc.answer)
			b.Expect(t, callOf("MailReport")(t.Context(), b), tc.want, uuid, encoded)
			require.Equal(t, 1, b.Calls())
		})
	}
}

func TestParameters_AreInNoErrorLogOrMetric(t *testing.T) {
	t.Parallel()
	const private = "ana.private@example.com"
	for name, answer := range map[string]http.Handler{
		"no answer": http.HandlerFunc(adaptertest.Vanish),
		"500":       adaptertest.Answer(http.StatusInternalServerError, ""),
		"half":      adaptertest.Answer(http.StatusOK, `{"ok":`),
	} {
		b := newBench(t, answer)
		_, err := callReport(t.Context(), b, "r", map[string]string{"_to": private})
		require.Error(t, err, name)
		require.NotContains(t, b.Seen(err), private)
		_, err = clientOf(b).MailReport(t.Context(), &securereporterv1.MailReportRequest{
			Source: adaptertest.Source, Report: "r", Parameters: map[string]string{"_to": private},
		})
		require.NotContains(t, b.Seen(err), private)
		require.NotContains(t, b.Seen(err), "ana.private%40example.com")
	}
}
