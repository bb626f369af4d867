package poll_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/poll"
)

// awayBucket is a bucket that can be away.
type awayBucket struct {
	*memoryBucket
	isAway atomic.Bool
	// isMute lets the bucket take what is written and say that it is away.
	isMute atomic.Bool
}

var errAway = errors.New("no responders")

func (b *awayBucket) Update(ctx context.Context, key string, data []byte, revision uint64) (uint64, error) {
	if b.isAway.Load() {
		return 0, errAway
	}
	if b.isMute.Load() {
		_, err := b.memoryBucket.Update(ctx, key, data, revision)
		return 0, errors.Join(err, errAway)
	}
	return b.memoryBucket.Update(ctx, key, data, revision)
}

func (b *awayBucket) Create(ctx context.Context, key string, data []byte, opts ...jetstream.KVCreateOpt) (uint64, error) {
	revision, err := b.memoryBucket.Create(ctx, key, data, opts...)
	if b.isMute.Load() {
		return 0, errors.Join(err, errAway)
	}
	return revision, err
}

type awayBus struct {
	memoryBus
	pollers *awayBucket
}

func (b awayBus) Pollers() jetstream.KeyValue { return b.pollers }

// replica returns a started loop of another process that polls for v.
func replica(t *testing.T, b poll.Bus, v poll.Fetcher) bench {
	t.Helper()
	l := newBench(t, b, &vendor{clock: newClock()})
	loop, err := poll.New(poll.Config{
		Source: source, Every: time.Minute, Overlap: time.Minute, Rand: func() float64 { return 0.5 },
	}, v, depsOf(t, l, b))
	require.NoError(t, err)
	require.NoError(t, loop.Start(t.Context()))
	l.Loop = loop
	return l
}

func (v *slowVendor) polls() []time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]time.Duration{}, v.asked...)
}

func TestClaim_OneOfTwoPollsAndTheOtherTakesOverWhenItStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, one, other := newMemoryBus(), &slowVendor{began: time.Now()}, &slowVendor{began: time.Now()}
		first := replica(t, b, one)
		synctest.Wait()
		second := replica(t, b, other)
		<-time.After(150 * time.Second)
		require.Len(t, one.polls(), 3)
		require.Empty(t, other.polls())
		require.Empty(t, second.health.told(), "one that stands by is well")

		require.NoError(t, first.Stop(t.Context()))
		<-time.After(2 * time.Second)
		require.Len(t, other.polls(), 1, "it did not wait for the claim to be stale")
		require.NoError(t, second.Stop(t.Context()))
	})
}

func TestClaim_OfAProcessThatDiedIsTakenOverWithinTenSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, v := newMemoryBus(), &slowVendor{began: time.Now()}
		_, err := b.pollers.Create(t.Context(), source, []byte("it was killed"))
		require.NoError(t, err)
		l := replica(t, b, v)
		<-time.After(5 * time.Second)
		require.Empty(t, v.polls())
		<-time.After(5 * time.Second)
		require.Len(t, v.polls(), 1)
		require.NoError(t, l.Stop(t.Context()))
	})
}

func TestClaim_ThatAnotherHasTakenEndsThePollUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, v := newMemoryBus(), &slowVendor{began: time.Now(), takes: 5 * time.Minute}
		l := replica(t, b, v)
		synctest.Wait()
		for range 10 { // a process that was suspended wakes up and renews
			_, err := b.pollers.Put(t.Context(), source, []byte("another"))
			require.NoError(t, err)
			<-time.After(2 * time.Second)
		}
		require.Len(t, v.polls(), 1)
		<-time.After(10 * time.Second)
		require.Len(t, v.polls(), 2, "the other one fell silent")
		require.NoError(t, l.Stop(t.Context()))
	})
}

func TestClaim_IsKeptWhileTheBusIsAwayAndWhenTheBusForgot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, v := awayBus{newMemoryBus(), &awayBucket{memoryBucket: &memoryBucket{}}}, &slowVendor{began: time.Now(), takes: 9 * time.Minute}
		l := replica(t, b, v)
		synctest.Wait()
		b.pollers.isAway.Store(true)
		<-time.After(time.Minute)
		require.NoError(t, b.pollers.Delete(t.Context(), source))
		b.pollers.isAway.Store(false)
		<-time.After(4 * time.Second)
		_, err := b.pollers.Get(t.Context(), source)
		require.NoError(t, err, "it stands there again")
		<-time.After(9 * time.Minute)
		require.Equal(t, []time.Duration{0, 9*time.Minute + 6*time.Second}, v.polls(), "nobody interrupted the poll")
		require.NoError(t, l.Stop(t.Context()))
	})
}

func TestClaim_IsKnownAsOursWhenTheBusTookItAndDidNotSaySo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, v := awayBus{newMemoryBus(), &awayBucket{memoryBucket: &memoryBucket{}}}, &slowVendor{began: time.Now(), takes: 9 * time.Minute}
		b.pollers.isMute.Store(true)
		l := replica(t, b, v)
		<-time.After(time.Second)
		require.Empty(t, v.polls(), "it cannot know until when the claim is its own")
		b.pollers.isMute.Store(false)
		<-time.After(4 * time.Second)
		require.Len(t, v.polls(), 1, "it did not wait for itself")
		<-time.After(8 * time.Minute)
		require.Len(t, v.polls(), 1, "nobody interrupted the poll")
		<-time.After(2 * time.Minute)
		require.Len(t, v.polls(), 2)
		require.NoError(t, l.Stop(t.Context()))
	})
}

func TestClaim_OnARealBus(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	one, other := &slowVendor{began: time.Now()}, &slowVendor{began: time.Now()}
	first := replica(t, b, one)
	require.Eventually(t, func() bool { return len(one.polls()) == 1 }, 90*time.Second, time.Millisecond)
	second := replica(t, b, other)
	require.NoError(t, first.Stop(t.Context()))
	require.Eventually(t, func() bool { return len(other.polls()) == 1 }, 90*time.Second, time.Millisecond)
	require.NoError(t, second.Stop(t.Context()))
}
