package poll_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// memoryBus takes everything and keeps buckets in memory; sockets would stop
// the clock of synctest.
type memoryBus struct{ cursors, sources, pollers *memoryBucket }

func newMemoryBus() memoryBus { return memoryBus{&memoryBucket{}, &memoryBucket{}, &memoryBucket{}} }

func (memoryBus) PublishEvents(_ context.Context, events []*eventv1.Event) (bus.PublishResult, error) {
	return bus.PublishResult{Published: len(events)}, nil
}
func (memoryBus) PublishDead(context.Context, bus.DeadLetter) error { return nil }
func (memoryBus) EventsExtent(context.Context, bus.Extent) (bus.Extent, bool, error) {
	return bus.Extent{}, true, nil
}
func (m memoryBus) Cursors() jetstream.KeyValue { return m.cursors }
func (m memoryBus) Sources() jetstream.KeyValue { return m.sources }
func (m memoryBus) Pollers() jetstream.KeyValue { return m.pollers }
func (memoryBus) Alerts() jetstream.KeyValue    { return nil } // no vendor of these tests tells of any

type memoryBucket struct {
	jetstream.KeyValue
	mu       sync.Mutex
	data     []byte
	revision uint64
}

type memoryEntry struct {
	jetstream.KeyValueEntry
	data     []byte
	revision uint64
}

func (e memoryEntry) Value() []byte    { return e.data }
func (e memoryEntry) Revision() uint64 { return e.revision }

func (b *memoryBucket) Get(context.Context, string) (jetstream.KeyValueEntry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.data == nil {
		return nil, jetstream.ErrKeyNotFound
	}
	return memoryEntry{data: b.data, revision: b.revision}, nil
}

func (b *memoryBucket) Put(_ context.Context, _ string, data []byte) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.put(data), nil
}

func (b *memoryBucket) put(data []byte) uint64 {
	b.revision++
	b.data = slices.Clone(data)
	return b.revision
}

func (b *memoryBucket) Create(_ context.Context, _ string, data []byte, _ ...jetstream.KVCreateOpt) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.data != nil {
		return 0, jetstream.ErrKeyExists
	}
	return b.put(data), nil
}

func (b *memoryBucket) Update(_ context.Context, _ string, data []byte, revision uint64) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.data == nil || b.revision != revision {
		return 0, jetstream.ErrKeyRevisionMismatch
	}
	return b.put(data), nil
}

func (b *memoryBucket) Delete(context.Context, string, ...jetstream.KVDeleteOpt) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data = nil
	return nil
}

// slowVendor takes its time and fails as told, and notes when it was asked.
type slowVendor struct {
	takes time.Duration
	err   error
	began time.Time

	mu    sync.Mutex
	asked []time.Duration
}

func (v *slowVendor) Fetch(ctx context.Context, _ poll.Window) (poll.Batch, error) {
	v.mu.Lock()
	v.asked = append(v.asked, time.Since(v.began))
	err := v.err
	v.mu.Unlock()
	select {
	case <-time.After(v.takes):
		return poll.Batch{}, err
	case <-ctx.Done():
		return poll.Batch{}, ctx.Err()
	}
}

// runFor runs a loop for a while of fake time and returns when it polled.
func runFor(t *testing.T, v *slowVendor, random float64, while time.Duration) []time.Duration {
	t.Helper()
	var asked []time.Duration
	synctest.Test(t, func(t *testing.T) {
		v.began = time.Now()
		l := newBench(t, newMemoryBus(), &vendor{clock: newClock()})
		loop, err := poll.New(poll.Config{
			Source: source, Every: time.Minute, Overlap: time.Minute, Rand: func() float64 { return random },
		}, v, depsOf(t, l, newMemoryBus()))
		require.NoError(t, err)
		require.NoError(t, loop.Start(t.Context()))
		require.NoError(t, loop.Start(t.Context()), "starting twice does nothing")
		<-time.After(while)
		require.NoError(t, loop.Stop(t.Context()))
		require.NoError(t, loop.Stop(t.Context()), "stopping twice does nothing")
		v.mu.Lock()
		defer v.mu.Unlock()
		asked = slices.Clone(v.asked)
	})
	return asked
}

func TestLoop_PollsAtOnceAndThenAtTheInterval(t *testing.T) {
	t.Parallel()
	minute := time.Minute
	require.Equal(t, []time.Duration{0, minute, 2 * minute, 3 * minute}, runFor(t, &slowVendor{}, 0.5, 3*minute+time.Second))
	require.Equal(t, []time.Duration{0, 57 * time.Second, 114 * time.Second}, runFor(t, &slowVendor{}, 0, 2*minute))
	// The time that a poll takes is part of the interval.
	require.Equal(t, []time.Duration{0, minute, 2 * minute}, runFor(t, &slowVendor{takes: 20 * time.Second}, 0.5, 3*minute-time.Second))
}

func TestLoop_ASlowPollNeverOverlapsTheNext(t *testing.T) {
	t.Parallel()
	require.Equal(t, []time.Duration{0, 96 * time.Second, 192 * time.Second},
		runFor(t, &slowVendor{takes: 90 * time.Second}, 0.5, 4*time.Minute))
}

func TestLoop_PausesAsLongAsTheFailureDemands(t *testing.T) {
	t.Parallel()
	fail := func(code codes.Code, reason string, metadata map[string]string) error {
		return rpc.Error(code, reason, metadata, "it failed")
	}
	for name, c := range map[string]struct {
		err  error
		next time.Duration
	}{
		"anything":           {errors.New("x"), time.Minute},
		"bad answer":         {fail(codes.Internal, "BAD_ANSWER", nil), time.Minute},
		"refused credential": {fail(codes.Unauthenticated, "CREDENTIAL_REFUSED", nil), 5*time.Minute + 7500*time.Millisecond},
		"rate limited": {
			fail(codes.ResourceExhausted, "RATE_LIMITED", map[string]string{"retry_after_ms": "120000"}),
			2*time.Minute + 3*time.Second,
		},
		"rate limited for ever": {
			fail(codes.ResourceExhausted, "RATE_LIMITED", map[string]string{"retry_after_ms": "9000000000000000000"}),
			time.Hour + 90*time.Second,
		},
		"rate limited for a moment": {
			fail(codes.ResourceExhausted, "RATE_LIMITED", map[string]string{"retry_after_ms": "10"}), time.Minute,
		},
		"adapter not there": {fail(codes.Unavailable, "", nil), 150 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := runFor(t, &slowVendor{err: c.err}, 0.5, 2*time.Hour)
			require.Equal(t, c.next, asked[1])
		})
	}
}

func TestLoop_StopInterruptsAPoll(t *testing.T) {
	t.Parallel()
	require.Equal(t, []time.Duration{0}, runFor(t, &slowVendor{takes: 24 * time.Hour}, 0.5, time.Minute))
}

func TestLoop_AFetchHasADeadline(t *testing.T) {
	t.Parallel()
	require.Equal(t, []time.Duration{0, 10*time.Minute + 6*time.Second},
		runFor(t, &slowVendor{takes: 24 * time.Hour}, 0.5, 15*time.Minute))
}

func TestLoop_StopsWithoutHavingBeenStarted(t *testing.T) {
	t.Parallel()
	require.NoError(t, newBench(t, newMemoryBus(), &vendor{clock: newClock()}).Stop(t.Context()))
}

func TestNew_NamesEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	l := newBench(t, newMemoryBus(), &vendor{clock: newClock()})
	_, err := poll.New(poll.Config{Source: "Bad Name", LookBack: -1, MaxWindow: time.Second},
		&slowVendor{}, depsOf(t, l, newMemoryBus()))
	for _, part := range []string{"Bad Name", "poll.every", "poll.look_back", "poll.overlap", "longest window"} {
		require.ErrorContains(t, err, part)
	}
}
