package adaptertest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// echoing answers everything that it has been asked: line, headers and body, in
// the answer's headers and in its body, as an error of the status.
func echoing(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		_ = r.Write(&b) // what cannot be read is not echoed
		asked := strings.NewReplacer("\r", " ", "\n", " ", `"`, "'").Replace(b.String())
		w.Header().Set("X-Asked", asked)
		w.Header().Set("Location", "/?asked="+r.URL.RawQuery)
		Answer(code, `{"error":"`+asked+`","message":"`+asked+`","errors":[{"error":1,"description":"`+asked+`"}],
			"status":{"code":`+strconv.Itoa(code)+`},"data":{"message":"`+asked+`"}}`).ServeHTTP(w, r)
	}
}

// ExerciseRedaction makes a call of a vendor that echoes all that it is asked, with
// each kind of status, and requires that no secret is in any log, error, ErrorInfo,
// metric, trace or readiness. At least one of them has reached the vendor.
func ExerciseRedaction(
	t *testing.T, newBench func(*testing.T, http.Handler) *Bench, call func(context.Context, *Bench) error, secrets ...string,
) {
	t.Helper()
	for _, code := range []int{200, 302, 401, 403, 500} {
		b := newBench(t, echoing(code))
		err := call(t.Context(), b)
		seen := b.Seen(err)
		for _, secret := range secrets {
			require.NotContains(t, seen, secret, "of an answer of %d", code)
		}
		require.NotEmpty(t, b.spans.GetSpans(), "it is in no trace")
		require.True(t, b.sent(secrets), "no secret has been sent: the test shows nothing")
	}
}

// sent reports whether one of the secrets is in what the vendor was asked.
func (b *Bench) sent(secrets []string) bool {
	var asked strings.Builder
	for _, r := range b.Requests() {
		fmt.Fprintf(&asked, "%s %s %v\n", r.Query, r.Body, r.Header)
	}
	return slices.ContainsFunc(secrets, func(secret string) bool { return strings.Contains(asked.String(), secret) })
}
