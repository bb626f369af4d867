package vendor_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/vendor"
	"github.com/signalbox-io/signalbox/services/simulator"
)

func TestFront_CutsAtACall(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		cut      vendor.Cut
		watchers int
		kills    int32
		isHeard  bool
	}{
		{"passes", vendor.Pass, 1, 0, true},
		{"before", vendor.Before, 0, 1, false},
		{"after", vendor.After, 1, 1, false},
		{"no answer", vendor.Stall, 1, 0, false},
		{"an error", vendor.Error, 0, 0, false},
		{"reset", vendor.Reset, 0, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var kills atomic.Int32
			f, err := vendor.NewFront(t.Context(), func(vendor.Call) vendor.Cut { return tc.cut }, func() { kills.Add(1) })
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, f.Close()) })
			ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
			defer cancel()
			if tc.cut == vendor.Stall { // nobody waits for an answer that does not come
				go once(ctx, func() bool { return len(f.Simulator.Anomify.Watchers()) == 1 }, cancel)
			}
			require.Equal(t, tc.isHeard, createWatcher(ctx, t, f.Addr()))
			require.Len(t, f.Simulator.Anomify.Watchers(), tc.watchers)
			require.Equal(t, tc.kills, kills.Load())
			require.Equal(t, []vendor.Call{{Number: 1, Method: http.MethodPost, Path: "/anomify/watcher/create"}}, f.Calls())
		})
	}
}

// once does something as soon as a condition holds, unless ctx ends first.
func once(ctx context.Context, holds func() bool, do func()) {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for ctx.Err() == nil && !holds() {
		<-look.C
	}
	do()
}

// createWatcher reports whether the vendor answered.
func createWatcher(ctx context.Context, t *testing.T, addr string) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/anomify/watcher/create", strings.NewReader("name=w&chips=c"))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Auth-Token", simulator.DefaultAnomifyToken)
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return false
	}
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode == http.StatusOK
}
