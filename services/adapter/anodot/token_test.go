package anodot_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// vendorWith returns a vendor without alerts that answers token to the
// access-token call.
func vendorWith(token http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST "+tokenPath, token)
	mux.Handle("GET /api/v2/alerts", adaptertest.Answer(http.StatusOK, "[]"))
	return mux
}

func TestToken_IsTakenInItsThreeForms(t *testing.T) {
	t.Parallel()
	document := adaptertest.Recorded(t, "access-token.json")
	bare := document[1 : len(document)-2]
	for name, tc := range map[string]struct{ body, want string }{
		"the document's": {document, bare},
		"an object":      {`{"token":"abc.def-ghi_jkl"}`, "abc.def-ghi_jkl"},
		"bare text":      {"abcdef012345==\n", "abcdef012345=="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBareBench(t, vendorWith(adaptertest.Answer(http.StatusOK, tc.body)))
			require.NoError(t, listAlerts(t.Context(), b))
			require.NoError(t, listAlerts(t.Context(), b))
			requests := b.Requests()
			require.Len(t, requests, 3, "one token serves many calls")
			require.Equal(t, http.MethodPost, requests[0].Method)
			require.JSONEq(t, `{"refreshToken":"`+refreshToken+`"}`, requests[0].Body)
			require.Equal(t, "application/json", requests[0].Header.Get("Content-Type"))
			require.Empty(t, requests[0].Header.Get("Authorization"))
			require.Equal(t, "Bearer "+tc.want, requests[1].Header.Get("Authorization"))
			require.NotContains(t, b.Seen(nil), tc.want)
		})
	}
}

func TestToken_ThatIsNoneIsABadAnswer(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"nothing":       "",
		"HTML":          "<html>sign in</html>",
		"an empty text": `""`,
		"no field":      `{"tokens":"abc"}`,
		"two words":     "not authorized",
		"half":          `"eyJhbGciOiJI`,
		"a line break":  `"abc\r\nX-Evil: 1"`,
		"too long":      fmt.Sprintf(`"%020000d"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBareBench(t, vendorWith(adaptertest.Answer(http.StatusOK, body)))
			b.Expect(t, listAlerts(t.Context(), b), adaptertest.BadAnswer(), refreshToken, "eyJhbGciOiJI")
			require.Zero(t, b.CallsTo("/api/v2/alerts"))
		})
	}
}

func TestToken_AMismatchIsNotTriedAgainAtOnce(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.Handler{
		"401":           adaptertest.Answer(http.StatusUnauthorized, `{"errors":[{"error":2001,"description":"Token Mismatch `+refreshToken+`"}]}`),
		"403":           adaptertest.Answer(http.StatusForbidden, "Token Mismatch"),
		"400 with 2001": adaptertest.Answer(http.StatusBadRequest, `{"errors":[{"error":2001}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBareBench(t, vendorWith(answer))
			for range 3 {
				err := listAlerts(t.Context(), b)
				b.Expect(t, err, adaptertest.CredentialRefused(), refreshToken)
				require.Contains(t, err.Error(), "the refresh token is refused")
			}
			require.Equal(t, 1, b.Calls())
			require.Equal(t, health.StateFailing, b.SourceState(t).State)
		})
	}
}

func TestToken_IsReplacedWhereTheVendorRefusesIt(t *testing.T) {
	t.Parallel()
	b := newBench(t, inTurn(
		adaptertest.Answer(http.StatusUnauthorized, `{"errors":[{"error":2001}]}`),
		adaptertest.Answer(http.StatusOK, "[]"),
	))
	require.NoError(t, listAlerts(t.Context(), b))
	require.Equal(t, 2, b.CallsTo(tokenPath))
	requests := b.Requests()
	require.Equal(t, "Bearer "+jwt(1), requests[1].Header.Get("Authorization"))
	require.Equal(t, "Bearer "+jwt(2), requests[3].Header.Get("Authorization"))
	require.Equal(t, health.StateOK, b.SourceState(t).State)
}

func TestToken_ThatIsRefusedTwiceIsTheCallersProblem(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusUnauthorized, "{}"))
	b.Expect(t, listAlerts(t.Context(), b), adaptertest.CredentialRefused(), refreshToken, jwt(1), jwt(2))
	require.Equal(t, 2, b.CallsTo(tokenPath))
	require.Equal(t, 2, b.CallsTo("/api/v2/alerts"))
}

func TestToken_ManyCallsWaitForOne(t *testing.T) {
	t.Parallel()
	const callers = 20
	var valid atomic.Int32
	tokens := &issuer{}
	tokens.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+jwt(valid.Load()) {
			adaptertest.Answer(http.StatusUnauthorized, `{"errors":[{"error":2001}]}`).ServeHTTP(w, r)
			return
		}
		adaptertest.Answer(http.StatusOK, "[]").ServeHTTP(w, r)
	})
	b := newBareBench(t, tokens)
	all := func() {
		errs := make([]error, callers)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() { errs[i] = listAlerts(t.Context(), b) })
		}
		wg.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
	}
	valid.Store(1)
	all()
	require.Equal(t, 1, b.CallsTo(tokenPath))
	valid.Store(2)
	all()
	require.Equal(t, 2, b.CallsTo(tokenPath), "those who were refused together refresh together")
}

func TestToken_OfNoKnownShapeIsScrubbedFromEverything(t *testing.T) {
	t.Parallel()
	const opaque = "opaque_access_token_0f1e2d3c"
	mux := http.NewServeMux()
	mux.Handle("POST "+tokenPath, adaptertest.Answer(http.StatusOK, `"`+opaque+`"`))
	mux.Handle("GET /api/v2/alerts", adaptertest.Answer(http.StatusForbidden, `{"errors":["`+opaque+` may not"]}`))
	mux.Handle("GET /api/v2/feedbacks", adaptertest.Answer(http.StatusOK,
		`{"feedbacks":[{"id":"f","createdTime":1578391511,"comment":"`+opaque+`"},{"id":"`+opaque+`"}]}`))
	b := newBareBench(t, mux)
	b.Expect(t, listAlerts(t.Context(), b), adaptertest.Refused(), opaque, opaque[:12])
	got, err := clientOf(b).ListFeedback(t.Context(), feedbackWindow())
	require.NoError(t, err)
	require.Len(t, got.GetRejected(), 1)
	require.NotContains(t, got.String(), opaque)
}
