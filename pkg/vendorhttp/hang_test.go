package vendorhttp_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

func TestDo_AnEffectWithoutAnswerIsUnknown(t *testing.T) {
	t.Parallel()
	for name, isOwn := range map[string]bool{"own timeout": true, "caller's deadline": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slowly(t, func(timeout time.Duration) *vendor {
				own, caller := timeout, time.Minute
				if !isOwn {
					own, caller = 2*timeout, timeout
				}
				v := newHanging(t, own)
				ctx, cancel := context.WithTimeout(t.Context(), caller)
				defer cancel()
				_, err := v.client.Do(ctx, effect())
				var failure *vendorhttp.Error
				require.ErrorAs(t, err, &failure)
				if v.calls.Load() > 0 {
					require.Equal(t, vendorhttp.OutcomeUnknown, failure.Kind)
				}
				return v
			})
		})
	}
}

// newHanging returns a vendor that never answers.
func newHanging(t *testing.T, timeout time.Duration) *vendor {
	t.Helper()
	release := make(chan struct{})
	v := newVendor(t, func(http.ResponseWriter, *http.Request) { <-release },
		func(o *vendorhttp.Options) { o.Timeout = timeout })
	t.Cleanup(func() { close(release) })
	return v
}

// slowly tries with longer and longer timeouts until the vendor was asked in time, be
// the machine ever so slow.
func slowly(t *testing.T, try func(timeout time.Duration) *vendor) {
	t.Helper()
	for timeout := 50 * time.Millisecond; try(timeout).calls.Load() == 0; timeout *= 2 {
		require.Less(t, timeout, time.Minute)
	}
}

func TestDo_ASlowReadIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	slowly(t, func(timeout time.Duration) *vendor {
		v := newHanging(t, timeout)
		failure := v.failure(t, get("/"))
		require.Equal(t, vendorhttp.Deadline, failure.Kind)
		require.Contains(t, failure.Error(), "no answer within "+timeout.String())
		require.LessOrEqual(t, v.calls.Load(), int32(1))
		return v
	})
}
