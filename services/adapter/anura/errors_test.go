package anura_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/health"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/adapter/anura"
)

// newSlowBench returns a bench whose vendor never answers in time.
func newSlowBench(t *testing.T, timeout time.Duration) *adaptertest.Bench {
	t.Helper()
	return adaptertest.New(t, adaptertest.Options{
		Vendor: eventv1.Vendor_VENDOR_ANURA, Credential: token, Timeout: timeout,
	}, anura.New, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
}

func overview(ctx context.Context, t *testing.T, b *adaptertest.Bench) error {
	t.Helper()
	_, err := clientOf(b).GetOverview(ctx, lastWeek(t))
	return err
}

func TestErrors_TheDocumentsStatuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		want   adaptertest.Failure
		says   string
	}{
		"not authorized":     {401, `{"error":"Your+token+is+not+authorized"}`, adaptertest.CredentialRefused(), "vendor answered 401: Your token is not authorized"},
		"no permission":      {403, `{"message":"no permission"}`, adaptertest.Refused(), "vendor answered 403: no permission"},
		"no endpoint":        {404, `Not Found`, adaptertest.NotFound(), "vendor answered 404: Not Found"},
		"a page":             {404, `<html></html>`, adaptertest.NotFound(), "a page of HTML"},
		"an unknown shape":   {403, `{"error":{"code":7}}`, adaptertest.Refused(), "vendor answered 403"},
		"outside the five":   {502, ``, adaptertest.Unavailable(), "vendor answered 502"},
		"the token, encoded": {403, `{"error":"` + encodedToken + `%2E"}`, adaptertest.Refused(), "[redacted]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(tc.status, tc.body))
			err := overview(t.Context(), t, b)
			b.Expect(t, err, tc.want, token)
			require.Contains(t, err.Error(), tc.says)
		})
	}
}

func TestErrors_ABadRequestIsAboutTheTokenOnlyIfTheTokenIsBad(t *testing.T) {
	t.Parallel()
	badRequest := adaptertest.Answer(http.StatusBadRequest, `{"error":"bad+request"}`)

	parameters := http.NewServeMux()
	parameters.Handle("/v1/direct/overview", badRequest)
	parameters.Handle("/v1/interface/instances", adaptertest.Answer(http.StatusOK, `{"instances":[]}`))
	b := newBench(t, parameters)
	b.Expect(t, overview(t.Context(), t, b), adaptertest.Refused(), token)
	require.Equal(t, 2, b.Calls())
	require.Equal(t, health.StateOK, b.SourceState(t).State)

	b = newBench(t, badRequest)
	b.Expect(t, overview(t.Context(), t, b), adaptertest.CredentialRefused(), token)
	require.Equal(t, 2, b.Calls(), "neither call is repeated")
	require.Equal(t, health.StateFailing, b.SourceState(t).State)
}
