package vendorhttp_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

func TestDo_ABrokenKeptConnectionIsNoCallBeyondTheBudget(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int32
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		if arrived.Add(1) == 1 {
			text(http.StatusOK, "{}")(w, r)
			return
		}
		vanish(w, r)
	})
	req := get("/thing")
	req.Idempotent = false
	_, err := v.client.Do(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, vendorhttp.Unavailable, v.failure(t, req).Kind)
	require.EqualValues(t, 2, arrived.Load(), "the transport repeats a GET on its own")
}
