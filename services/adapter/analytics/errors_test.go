package analytics_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestErrors_TheDocumentsStatuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		want   adaptertest.Failure
		says   string
	}{
		"401":               {401, `{"error":"Unauthorized — provide a valid API key"}`, adaptertest.CredentialRefused(), "vendor answered 401: Unauthorized — provide a valid API key"},
		"403":               {403, `{"error":"Forbidden — you do not have access to this resource"}`, adaptertest.Refused(), "Forbidden — you do not have access"},
		"429":               {429, `{"error":"Rate limit exceeded — wait and retry"}`, adaptertest.RateLimited(), "Rate limit exceeded"},
		"500":               {500, `{"error":"Internal server error"}`, adaptertest.Unavailable(), "Internal server error"},
		"400":               {400, `{"error":"Bad request"}`, adaptertest.Refused(), "Bad request"},
		"the key, in prose": {403, `{"error":"the key ` + key + ` is not for this site"}`, adaptertest.Refused(), "the key [redacted] is not"},
		"a login page":      {200, `<html>log in</html>`, adaptertest.BadAnswer(), "a page of HTML"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(tc.status, tc.body))
			err := getRealtime(t.Context(), b)
			b.Expect(t, err, tc.want, key)
			require.Contains(t, err.Error(), tc.says)
		})
	}
}
