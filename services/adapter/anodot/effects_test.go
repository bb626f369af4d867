package anodot_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func effects() map[string]func(context.Context, *adaptertest.Bench) error {
	return map[string]func(context.Context, *adaptertest.Bench) error{"pause": pause, "resume": resume}
}

// breakOff answers 200 and closes the connection within the body.
func breakOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(`{"id":"`))
}

func TestEffects_AreOnePostWithoutBody(t *testing.T) {
	t.Parallel()
	for verb, call := range effects() {
		for name, answer := range map[string]http.Handler{
			"the alert":  adaptertest.Answer(http.StatusOK, `{"id":"`+alertID+`","state":{"state":"paused"}}`),
			"nothing":    adaptertest.Answer(http.StatusNoContent, ""),
			"words":      adaptertest.Answer(http.StatusOK, "done"),
			"HTML":       adaptertest.Answer(http.StatusOK, "<html>done</html>"),
			"half":       adaptertest.Answer(http.StatusOK, `{"id":"2026`),
			"long":       adaptertest.Answer(http.StatusOK, strings.Repeat("x", 1<<20)),
			"no errors":  adaptertest.Answer(http.StatusOK, `{"errors":[]}`),
			"no error":   adaptertest.Answer(http.StatusOK, `{"error":null}`),
			"a list":     adaptertest.Answer(http.StatusOK, `[]`),
			"broken off": http.HandlerFunc(breakOff),
			"no content": adaptertest.Answer(http.StatusAccepted, "{}"),
		} {
			t.Run(verb+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, answer)
				require.NoError(t, call(t.Context(), b))
				requests := b.Requests()
				require.Len(t, requests, 2)
				require.Equal(t, http.MethodPost, requests[1].Method)
				require.Equal(t, "/api/v2/alerts/"+alertID+"/"+verb, requests[1].Path)
				require.Equal(t, "Bearer "+jwt(1), requests[1].Header.Get("Authorization"))
				require.Equal(t, "application/json", requests[1].Header.Get("Content-Type"))
				require.Empty(t, requests[1].Body)
				require.Empty(t, requests[1].Query)
			})
		}
	}
}

func TestEffects_AreNeverRepeatedAndSayWhatIsKnown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer http.Handler
		want   adaptertest.Failure
	}{
		"no answer":     {http.HandlerFunc(adaptertest.Vanish), adaptertest.OutcomeUnknown()},
		"500":           {adaptertest.Answer(http.StatusInternalServerError, `{"errors":[{"error":1002,"description":"General error"}]}`), adaptertest.OutcomeUnknown()},
		"502":           {adaptertest.Answer(http.StatusBadGateway, "<html></html>"), adaptertest.OutcomeUnknown()},
		"503":           {adaptertest.Answer(http.StatusServiceUnavailable, ""), adaptertest.Unavailable()},
		"404":           {adaptertest.Answer(http.StatusNotFound, httpError), adaptertest.NotFound()},
		"403":           {adaptertest.Answer(http.StatusForbidden, `{"errors":["not yours"]}`), adaptertest.Refused()},
		"rate exceeded": {adaptertest.Answer(http.StatusBadRequest, `{"errors":[{"error":"1004","description":"slow down"}]}`), adaptertest.RateLimited()},
		"in part":       {adaptertest.Answer(http.StatusOK, `{"errors":[{"error":1002,"description":"General error"}]}`), adaptertest.OutcomeUnknown()},
		"in part, text": {adaptertest.Answer(http.StatusOK, `{"error":"not now"}`), adaptertest.OutcomeUnknown()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for verb, call := range effects() {
				b := newBench(t, tc.answer)
				b.Expect(t, call(t.Context(), b), tc.want, refreshToken, jwt(1))
				require.Equal(t, 1, b.CallsTo("/api/v2/alerts/"+alertID+"/"+verb))
			}
		})
	}
}

func TestEffects_AnExpiredTokenIsReplacedAndTheEffectMadeOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, inTurn(
		adaptertest.Answer(http.StatusUnauthorized, `{"errors":[{"index":null,"error":2001,"description":"Token is not active"}]}`),
		adaptertest.Answer(http.StatusOK, "{}"),
	))
	require.NoError(t, pause(t.Context(), b))
	require.Equal(t, 2, b.CallsTo(tokenPath))
	require.Equal(t, 2, b.CallsTo("/api/v2/alerts/"+alertID+"/pause"), "a 401 means that nothing was done")
}
