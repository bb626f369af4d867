package analytics_test

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// counting is a vendor whose window ends at the given time and that notes when
// its latest call came. It has one call left at first, none after it, and many
// when the window is over.
func counting(ends time.Time, latest *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		latest.Store(time.Now().UnixNano())
		remaining := "0"
		if time.Now().After(ends) {
			remaining = "99"
		}
		w.Header()["Date"] = nil
		w.Header().Set("X-RateLimit-Limit", "100")
		w.Header().Set("X-RateLimit-Remaining", remaining)
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(ends.UnixMilli(), 10))
		adaptertest.Answer(http.StatusOK, `{"sites":[]}`).ServeHTTP(w, r)
	})
}

func TestLimit_WithNothingLeftTheVendorIsNotAskedBeforeTheReset(t *testing.T) {
	t.Parallel()
	var latest atomic.Int64
	ends := time.Now().Add(500 * time.Millisecond)
	b := newBench(t, counting(ends, &latest))
	require.NoError(t, listSites(t.Context(), b))
	require.NoError(t, listSites(t.Context(), b), "the call waits")
	require.Equal(t, 2, b.Calls())
	require.GreaterOrEqual(t, latest.Load(), ends.Truncate(time.Millisecond).UnixNano())
	require.NoError(t, listSites(t.Context(), b))
}

func TestLimit_AResetBeyondTheDeadlineIsToldToTheCaller(t *testing.T) {
	t.Parallel()
	var latest atomic.Int64
	b := newBench(t, counting(time.Now().Add(40*time.Second), &latest))
	require.NoError(t, listSites(t.Context(), b))
	err := getRealtime(t.Context(), b)
	b.Expect(t, err, adaptertest.RateLimited(), key)
	require.Equal(t, 1, b.Calls(), "the limit is the key's, not the call's")
	wait, convErr := strconv.Atoi(rpc.Metadata(err)["retry_after_ms"])
	require.NoError(t, convErr)
	require.InDelta(t, 40_000, wait, 10_000)
}

func TestBudget_AHundredCallsAMinuteWhateverTheVendorSays(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"sites":[]}`))
	adaptertest.ExerciseBudget(t, b, 100, listSites)
}
