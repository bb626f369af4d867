package anomify_test

import (
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestErrors_TheEnvelopeIsBelievedWhereItSaysWorse(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		want   adaptertest.Failure
		code   int
		says   string
	}{
		"401":                      {401, `{"status":{"code":401},"data":{"message":"You are not authorized"}}`, adaptertest.CredentialRefused(), 401, "vendor answered 401: You are not authorized"},
		"401 in a 200":             {200, `{"status":{"code":401},"data":{"message":"You are not authorized"}}`, adaptertest.CredentialRefused(), 401, "(in the envelope of an HTTP 200)"},
		"the engine's name for it": {200, `{"status":{"response":404,"reason":"no such metric"},"data":{}}`, adaptertest.NotFound(), 404, "no such metric"},
		"code as text":             {200, `{"status":{"code":"403"},"data":{}}`, adaptertest.Refused(), 403, "vendor answered 403"},
		"429":                      {429, `{"status":{"code":429},"data":{"message":"Too Many Requests"}}`, adaptertest.RateLimited(), 429, "Too Many Requests"},
		"a lying envelope":         {404, `{"status":{"code":200},"data":{}}`, adaptertest.NotFound(), 404, "vendor answered 404"},
		"no list":                  {200, `{"status":{"code":200},"data":{}}`, adaptertest.BadAnswer(), 200, `has no "anomalies"`},
		"a list of another kind":   {200, `{"status":{"code":200},"data":{"anomalies":"none"}}`, adaptertest.BadAnswer(), 200, "neither an array nor a map"},
		"data of another kind":     {200, `{"status":{"code":200},"data":[]}`, adaptertest.BadAnswer(), 200, "no object"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(tc.status, tc.body))
			err := listAnomalies(t.Context(), b)
			b.Expect(t, err, tc.want, token)
			require.Contains(t, err.Error(), tc.says)
			require.Equal(t, strconv.Itoa(tc.code), rpc.Metadata(err)["http_status"])
		})
	}
}

func TestSession_IsNeverTakenUp(t *testing.T) {
	t.Parallel()
	const session = "0123456789abcdef0123456789abcdef"
	b := newBench(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session_id", Value: session})
		_, _ = io.WriteString(w, `{"status":{"code":200,"session_id":"`+session+`"},"data":{"anomalies":[]}}`)
	}))
	require.NoError(t, listAnomalies(t.Context(), b))
	require.NoError(t, listAnomalies(t.Context(), b))
	for _, request := range b.Requests() {
		require.Empty(t, request.Header.Get("Cookie"))
		require.Empty(t, request.Header.Get("X-Session-Id"))
		require.NotContains(t, request.Query, "session_id")
	}
}

func TestBudget_AHundredAndTwentyCallsAMinute(t *testing.T) {
	t.Parallel()
	b := newBench(t, enveloped(`{"watchers":[]}`))
	adaptertest.ExerciseBudget(t, b, 120, listWatchers)
}
