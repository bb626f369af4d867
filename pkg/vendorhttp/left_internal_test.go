package vendorhttp

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLeft_IsTheShareOfTheScarcestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter("", "s", []Budget{{Name: "wide", Calls: 100}, {Name: "narrow", Calls: 10, Reserve: 2}})
		both := []string{"wide", "narrow"}
		require.InDelta(t, 1, l.left(both), 1e-9, "nothing is known before the first call")
		for range 4 {
			p, err := l.acquire(t.Context(), both)
			require.NoError(t, err)
			p.done(true)
		}
		require.InDelta(t, 0.96, l.left([]string{"wide"}), 1e-9)
		require.InDelta(t, 0.5, l.left(both), 1e-9, "4 of 8 that are not reserved")
		p, err := l.acquire(t.Context(), both)
		require.NoError(t, err)
		require.InDelta(t, 3.0/8, l.left(both), 1e-9, "one under way is taken")
		p.done(true)
		<-time.After(span)
		require.InDelta(t, 1, l.left(both), 1e-9)
		require.NoError(t, l.close())
	})
}
