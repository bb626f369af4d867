package vendorhttp

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func allOf(calls int) []Budget { return []Budget{{Name: "all", Calls: calls}} }

func TestLimiter_AdmitsNInAnyMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter("", "s", allOf(3))
		began := time.Now()
		var admitted []time.Duration
		for range 7 {
			p, err := l.acquire(t.Context(), []string{"all"})
			require.NoError(t, err)
			admitted = append(admitted, time.Since(began))
			p.done(true)
		}
		minute := time.Minute
		require.Equal(t, []time.Duration{0, 0, 0, minute, minute, minute, 2 * minute}, admitted)
	})
}

func TestLimiter_VendorNeverCountsMoreWhateverTheLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const calls = 5
		l := newLimiter("", "s", allOf(calls))
		var mu sync.Mutex
		var counted []time.Time
		var callers sync.WaitGroup
		for range 12 {
			callers.Go(func() {
				for range 10 {
					p, err := l.acquire(t.Context(), []string{"all"})
					require.NoError(t, err)
					<-time.After(rand.N(20 * time.Second))
					mu.Lock()
					counted = append(counted, time.Now())
					mu.Unlock()
					<-time.After(rand.N(20 * time.Second))
					p.done(true)
				}
			})
		}
		callers.Wait()
		slices.SortFunc(counted, time.Time.Compare)
		require.Len(t, counted, 120)
		for i := calls; i < len(counted); i++ {
			require.GreaterOrEqual(t, counted[i].Sub(counted[i-calls]), time.Minute)
		}
	})
}

func TestLimiter_HoldsOverARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		first := newLimiter(dir, "s", allOf(2))
		for range 2 {
			p, err := first.acquire(t.Context(), []string{"all"})
			require.NoError(t, err)
			p.done(true)
		}
		require.NoError(t, first.close())

		<-time.After(20 * time.Second)
		second := newLimiter(dir, "s", allOf(2))
		began := time.Now()
		p, err := second.acquire(t.Context(), []string{"all"})
		require.NoError(t, err)
		p.done(true)
		require.Equal(t, 40*time.Second, time.Since(began).Round(time.Millisecond))
		require.NoError(t, second.close())
	})
}

func TestLimiter_CountsCallsInFlightAtACrashFromTheRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		crashed := newLimiter(dir, "s", allOf(1))
		_, err := crashed.acquire(t.Context(), []string{"all"})
		require.NoError(t, err)
		require.NoError(t, closeAll(crashed.windows))

		<-time.After(50 * time.Second)
		next := newLimiter(dir, "s", allOf(1))
		began := time.Now()
		p, err := next.acquire(t.Context(), []string{"all"})
		require.NoError(t, err)
		p.done(true)
		require.Equal(t, time.Minute, time.Since(began).Round(time.Millisecond))
		require.NoError(t, next.close())
	})
}

func TestLimiter_KeepsTheNewestCallsWhenTheBudgetShrinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		wide := newLimiter(dir, "s", allOf(4))
		for range 4 {
			p, err := wide.acquire(t.Context(), []string{"all"})
			require.NoError(t, err)
			p.done(true)
			<-time.After(time.Second)
		}
		require.NoError(t, wide.close())

		narrow := newLimiter(dir, "s", allOf(2))
		began := time.Now()
		p, err := narrow.acquire(t.Context(), []string{"all"})
		require.NoError(t, err)
		p.done(true)
		require.Equal(t, 58*time.Second, time.Since(began).Round(time.Millisecond))
		require.NoError(t, narrow.close())
	})
}

func TestLimiter_ReadsAnyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "budgets", "s.all.ring")
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte("\x7fneither a stamp nor a multiple of eight"), 0o600))

	l := newLimiter(dir, "s", allOf(60))
	p, err := l.acquire(t.Context(), []string{"all"})
	require.NoError(t, err)
	p.done(true)
	require.NoError(t, l.close())
	_, err = l.acquire(t.Context(), []string{"all"})
	require.ErrorContains(t, err, "closed")
}

func TestLimiter_RefusesWhatCannotBeReachedBeforeTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter("", "s", allOf(1))
		p, err := l.acquire(t.Context(), []string{"all"})
		require.NoError(t, err)
		p.done(true)

		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		began := time.Now()
		_, err = l.acquire(ctx, []string{"all"})
		var failure *Error
		require.ErrorAs(t, err, &failure)
		require.Equal(t, RateLimited, failure.Kind)
		require.Equal(t, time.Minute, failure.RetryAfter)
		require.Zero(t, time.Since(began), "it does not wait for what cannot come")
	})
}

func TestLimiter_TakesASlotOfEachClassOrOfNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter("", "s", []Budget{{Name: "all", Calls: 3}, {Name: "feedback", Calls: 1}})
		both := []string{"feedback", "all"}
		p, err := l.acquire(t.Context(), both)
		require.NoError(t, err)
		p.done(true)

		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = l.acquire(short, both)
		require.Error(t, err)
		began := time.Now()
		for range 2 {
			p, err := l.acquire(t.Context(), []string{"all"})
			require.NoError(t, err)
			p.done(true)
		}
		require.Zero(t, time.Since(began), "the refused call took nothing from the other class")
	})
}

func TestLimiter_ACallThatWasNeverSentCostsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter("", "s", allOf(1))
		began := time.Now()
		for range 5 {
			p, err := l.acquire(t.Context(), []string{"all"})
			require.NoError(t, err)
			p.done(false)
		}
		require.Zero(t, time.Since(began))
	})
}

func TestLimiter_WaitsForTheEndOfACallInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter("", "s", allOf(1))
		began := time.Now()
		p, err := l.acquire(t.Context(), []string{"all"})
		require.NoError(t, err)
		time.AfterFunc(90*time.Second, func() { p.done(true) })
		next, err := l.acquire(t.Context(), []string{"all"})
		require.NoError(t, err)
		next.done(true)
		require.Equal(t, 150*time.Second, time.Since(began))
	})
}

func TestLimiter_HoldKeepsEveryCallBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter("", "s", allOf(10))
		began := time.Now()
		l.hold(began.Add(7 * time.Second))
		l.hold(began.Add(time.Second))
		p, err := l.acquire(t.Context(), []string{"all"})
		require.NoError(t, err)
		p.done(true)
		require.Equal(t, 7*time.Second, time.Since(began))
	})
}

func TestLimiter_HoldIsKeptOverARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		first := newLimiter(dir, "s", allOf(3))
		p, err := first.acquire(t.Context(), []string{"all"})
		require.NoError(t, err)
		p.done(true)
		first.hold(time.Now().Add(10 * time.Minute)) // a 429 with Retry-After; then the process is killed

		began := time.Now()
		second := newLimiter(dir, "s", allOf(3))
		p, err = second.acquire(t.Context(), []string{"all"})
		require.NoError(t, err)
		p.done(true)
		require.Equal(t, 10*time.Minute, time.Since(began))
		require.NoError(t, second.close())
		require.NoError(t, first.close())

		first.quiet.write(time.Now().Add(1000 * time.Hour))
		third := newLimiter(dir, "s", allOf(3))
		began = time.Now()
		p, err = third.acquire(t.Context(), []string{"all"})
		require.NoError(t, err)
		p.done(true)
		require.Equal(t, longestHold, time.Since(began), "a clock that was wrong once does not silence it for good")
		require.NoError(t, third.close())
	})
}
