package vendorhttp

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func urgently(names ...string) *caller { return &caller{names: names, urgent: true} }

func TestLimiter_TheReserveIsForUrgentCallsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter("", "s", []Budget{{Name: "all", Calls: 5, Reserve: 2}})
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range 3 {
			p, err := l.acquire(soon, []string{"all"})
			require.NoError(t, err)
			p.done(true)
		}
		_, err := l.acquire(soon, []string{"all"})
		require.True(t, IsKind(err, RateLimited), "%v", err)
		for range 2 {
			p, err := l.acquireFor(soon, urgently("all"))
			require.NoError(t, err)
			p.done(true)
		}
		_, err = l.acquireFor(soon, urgently("all"))
		require.True(t, IsKind(err, RateLimited), "the budget holds for urgent calls too: %v", err)

		began := time.Now()
		for range 3 {
			p, err := l.acquire(t.Context(), []string{"all"})
			require.NoError(t, err)
			p.done(true)
		}
		require.Equal(t, time.Minute, time.Since(began))
	})
}

func TestLimiter_AnUrgentCallGoesBeforeTheBacklog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter("", "s", allOf(1))
		first, err := l.acquire(t.Context(), []string{"all"})
		require.NoError(t, err)
		var order []string
		var mu sync.Mutex
		var callers sync.WaitGroup
		start := func(name string, c *caller) {
			callers.Go(func() {
				p, err := l.acquireFor(t.Context(), c)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, name)
				mu.Unlock()
				p.done(true)
			})
			synctest.Wait()
		}
		for range 5 {
			start("poll", &caller{names: []string{"all"}})
		}
		start("pause", urgently("all"))
		first.done(true)
		callers.Wait()
		require.Equal(t, []string{"pause", "poll", "poll", "poll", "poll", "poll"}, order)
	})
}

func TestLimiter_AnUrgentCallHoldsBackOnlyTheBudgetThatItWaitsFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter("", "s", []Budget{{Name: "all", Calls: 10}, {Name: "write", Calls: 1}})
		p, err := l.acquireFor(t.Context(), urgently("write", "all"))
		require.NoError(t, err)
		p.done(true)
		ctx, giveUp := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := l.acquireFor(ctx, urgently("write", "all"))
			ended <- err
		}()
		synctest.Wait()
		began := time.Now()
		p, err = l.acquire(t.Context(), []string{"all"})
		require.NoError(t, err)
		p.done(true)
		require.Zero(t, time.Since(began))

		other := make(chan time.Duration, 1)
		go func() {
			if p, err := l.acquire(t.Context(), []string{"write"}); err == nil {
				p.done(true)
			}
			other <- time.Since(began)
		}()
		synctest.Wait()
		giveUp()
		require.True(t, IsKind(<-ended, Cancelled))
		require.Equal(t, time.Minute, <-other, "who gives up lets the others go on")
	})
}

func TestLimiter_WhoLetAnUrgentCallPassGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const calls = 8
		l := newLimiter("", "s", allOf(calls))
		for range calls {
			p, err := l.acquire(t.Context(), []string{"all"})
			require.NoError(t, err)
			p.done(true)
		}
		began := time.Now()
		admitted := make(chan time.Duration, calls)
		var callers sync.WaitGroup
		for i := range calls {
			// The last one is urgent. None of the calls ends.
			callers.Go(func() {
				if _, err := l.acquireFor(t.Context(), &caller{names: []string{"all"}, urgent: i == calls-1}); err != nil {
					t.Error(err)
				}
				admitted <- time.Since(began)
			})
			synctest.Wait()
		}
		callers.Wait()
		for range calls {
			require.Equal(t, time.Minute, <-admitted)
		}
		require.Equal(t, map[string]int{"all": 0}, l.waiting)
	})
}
