package vendorhttp_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

func TestDo_AnUrgentRequestDoesNotWaitForAPlaceBehindOthers(t *testing.T) {
	t.Parallel()
	arrived, released := make(chan struct{}, 8), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	v := newVendor(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			arrived <- struct{}{}
			<-released
		}
	}, func(o *vendorhttp.Options) { o.InFlight = 4 })
	t.Cleanup(release)
	var callers sync.WaitGroup
	for range 6 {
		callers.Go(func() {
			if _, err := v.client.Do(t.Context(), get("/slow")); err != nil {
				t.Error(err)
			}
		})
	}
	for range 3 {
		<-arrived
	}
	req := effect()
	req.Urgent = true
	_, err := v.client.Do(t.Context(), req)
	require.NoError(t, err)
	require.EqualValues(t, 4, v.calls.Load(), "three reads are under way and three wait")
	release()
	callers.Wait()
}

func TestSibling_TroubleAtOneHostStopsNoCallToTheOther(t *testing.T) {
	t.Parallel()
	v := newVendor(t, text(http.StatusOK, "{}"))
	broken := httptest.NewServer(text(http.StatusInternalServerError, ""))
	t.Cleanup(broken.Close)
	sibling, err := v.client.Sibling("metrics", broken.URL, []vendorhttp.Budget{{Name: "all", Calls: 5}})
	require.NoError(t, err)
	require.NoError(t, v.client.Open())
	for range 5 {
		_, err := sibling.Do(t.Context(), effect())
		require.True(t, vendorhttp.IsKind(err, vendorhttp.OutcomeUnknown), "%v", err)
		require.ErrorContains(t, err, "acme-prod", "errors name the account")
	}
	_, err = sibling.Do(t.Context(), effect())
	require.True(t, vendorhttp.IsKind(err, vendorhttp.CircuitOpen), "%v", err)
	_, err = v.client.Do(t.Context(), effect())
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"acme-prod 0", "acme-prod.metrics 2"}, v.metric(t, "signalbox_vendor_breaker_state", "source"))
	require.NoError(t, v.client.Close())
	_, err = sibling.Do(t.Context(), get("/"))
	require.Error(t, err, "it is closed with the other")
}

func TestSibling_WithoutAHostIsRefused(t *testing.T) {
	t.Parallel()
	v := newVendor(t, text(http.StatusOK, "{}"))
	_, err := v.client.Sibling("metrics", "nowhere", nil)
	require.ErrorContains(t, err, "source acme-prod.metrics")
}
