package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
)

const patience = 90 * time.Second

func newAnnouncer(b *bus.Bus) *Announcer {
	return NewAnnouncer(b.Ledger, slog.New(slog.DiscardHandler), Ignored)
}

// stream takes messages, refuses them, or hears of one that it never takes.
type stream struct {
	isFull atomic.Bool
	taken  chan string
}

func newStream() *stream { return &stream{taken: make(chan string, 100)} }

func (s *stream) message(name string) Message {
	return Message{What: name, Publish: func(context.Context) error {
		if s.isFull.Load() {
			return errors.New("the stream is full")
		}
		if name == "large" {
			return fmt.Errorf("publish: %w", nats.ErrMaxPayload)
		}
		s.taken <- name
		return nil
	}}
}

func (s *stream) next(t *testing.T) string {
	t.Helper()
	select {
	case name := <-s.taken:
		return name
	case <-time.After(patience):
		require.Fail(t, "nothing was published")
		return ""
	}
}

// run runs the announcer until the test ends.
func run(t *testing.T, a *Announcer) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-ended })
}

// What waits goes before what comes, and one that is never taken stops none.
func TestAnnouncer_KeepsTheOrderOfWhatWaits(t *testing.T) {
	var discarded []Discard
	a, s := newAnnouncer(bustest.New(t)), newStream()
	a.discarded = func(d Discard) { discarded = append(discarded, d) }
	s.isFull.Store(true)
	a.Soon(t.Context(), nil, s.message("one"))
	s.isFull.Store(false)
	a.Soon(t.Context(), nil, s.message("large"))
	a.Soon(t.Context(), nil, s.message("two"))
	require.Equal(t, 3, a.Owed())
	run(t, a)
	require.Equal(t, "one", s.next(t))
	require.Equal(t, "two", s.next(t))
	require.Eventually(t, func() bool { return a.Owed() == 0 }, patience, time.Millisecond)
	a.Soon(t.Context(), nil, s.message("three"))
	require.Equal(t, "three", s.next(t))
	require.Equal(t, []Discard{MessageRefused}, discarded)
	require.NoError(t, a.Now(t.Context(), nil, s.message("large")), "nobody can mend that")
}

func TestAnnouncer_TheMarkStaysBeforeWhatIsNotPublished(t *testing.T) {
	b := bustest.New(t)
	a, s := newAnnouncer(b), newStream()
	saved := func() uint64 {
		t.Helper()
		a.save(t.Context())
		mark, err := newAnnouncer(b).Mark(t.Context())
		require.NoError(t, err)
		return mark
	}
	var revision uint64
	for range 20 {
		var err error
		revision, err = b.Ledger().PutString(t.Context(), "x", "x")
		require.NoError(t, err)
	}
	require.Zero(t, saved())
	a.Seen(5)
	require.EqualValues(t, 5, saved())
	refused, taken := a.Begin(7), a.Begin(8)
	a.Seen(10)
	a.Soon(t.Context(), taken, s.message("taken"))
	require.EqualValues(t, 7, saved())
	s.isFull.Store(true)
	a.Soon(t.Context(), refused, s.message("refused"))
	require.EqualValues(t, 7, saved())
	s.isFull.Store(false)
	run(t, a)
	require.Equal(t, "taken", s.next(t))
	require.Equal(t, "refused", s.next(t))
	require.Eventually(t, func() bool { return a.mark() == 10 }, patience, time.Millisecond)
	a.Void(a.Begin(9))
	require.EqualValues(t, 10, a.mark())
	require.EqualValues(t, 20, revision)
}

// A queue that is full loses no final state: the mark stays before it.
func TestAnnouncer_BoundsWhatWaits(t *testing.T) {
	a, s := newAnnouncer(bustest.New(t)), newStream()
	s.isFull.Store(true)
	for range maxOwed {
		a.Soon(t.Context(), nil, s.message("x"))
	}
	a.Soon(t.Context(), a.Begin(3), s.message("beyond"))
	require.Equal(t, maxOwed, a.Owed())
	a.Seen(9)
	require.EqualValues(t, 3, a.mark())
}

func TestMark_DamagedIsNone(t *testing.T) {
	b := bustest.New(t)
	for _, text := range []string{"", "x", "-1", "999999"} {
		_, err := b.Ledger().PutString(t.Context(), markKey, text)
		require.NoError(t, err)
		mark, err := newAnnouncer(b).Mark(t.Context())
		require.NoError(t, err)
		require.Zero(t, mark, text)
	}
}

// silent is a bucket whose values do not come.
type silent struct{ jetstream.KeyValue }

func (s silent) WatchAll(_ context.Context, _ ...jetstream.WatchOpt) (jetstream.KeyWatcher, error) {
	return silentWatcher{}, nil
}

type silentWatcher struct{}

func (silentWatcher) Updates() <-chan jetstream.KeyValueEntry {
	return make(chan jetstream.KeyValueEntry)
}
func (silentWatcher) Stop() error              { return nil }
func (silentWatcher) Context() context.Context { return context.Background() }
func (silentWatcher) Error() <-chan error      { return nil }

func TestRead_EndsWhenNothingComes(t *testing.T) {
	_, err := collect(t.Context(), silent{}, 20*time.Millisecond)
	require.ErrorIs(t, err, errIdle)
	require.Equal(t, 10*time.Second, idle)
}

func TestRead_ShowsEveryRecordAndNoMark(t *testing.T) {
	b := bustest.New(t)
	for i := range 1000 {
		_, err := b.Ledger().PutString(t.Context(), fmt.Sprint("k", i), "v")
		require.NoError(t, err)
	}
	_, err := b.Ledger().PutString(t.Context(), markKey, "3")
	require.NoError(t, err)
	seen := map[string]bool{}
	require.NoError(t, Read(t.Context(), b.Ledger(), func(entry jetstream.KeyValueEntry) { seen[entry.Key()] = true }))
	require.Len(t, seen, 1000)
	require.NotContains(t, seen, markKey)
}

// lagging is a bucket whose first looks are answered by a copy that knows nothing
// of the last writes.
type lagging struct {
	jetstream.KeyValue

	stale, looks int
}

func (l *lagging) WatchAll(ctx context.Context, opts ...jetstream.WatchOpt) (jetstream.KeyWatcher, error) {
	if l.looks++; l.looks <= l.stale {
		old := oldWatcher{updates: make(chan jetstream.KeyValueEntry, 1)}
		old.updates <- nil
		return old, nil
	}
	return l.KeyValue.WatchAll(ctx, opts...)
}

type oldWatcher struct {
	silentWatcher

	updates chan jetstream.KeyValueEntry
}

func (w oldWatcher) Updates() <-chan jetstream.KeyValueEntry { return w.updates }

func TestRead_AsksAgainUntilACopyHasEverything(t *testing.T) {
	b := bustest.New(t)
	_, err := b.Ledger().PutString(t.Context(), "k", "v")
	require.NoError(t, err)
	for _, stale := range []int{2, patientLooks + 2} {
		bucket, seen := &lagging{KeyValue: b.Ledger(), stale: stale}, 0
		require.NoError(t, Read(t.Context(), bucket, func(jetstream.KeyValueEntry) { seen++ }))
		require.Equal(t, 1, seen)
		require.Equal(t, stale+1, bucket.looks)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*lagWait)
	defer cancel()
	require.Error(t, Read(ctx, &lagging{KeyValue: b.Ledger(), stale: maxLooks}, func(jetstream.KeyValueEntry) {}))
}

// What was written last may be gone, with its marker.
func TestRead_OfABucketWhoseLastRecordsWerePurged(t *testing.T) {
	b := bustest.New(t)
	_, err := b.Ledger().PutString(t.Context(), "kept", "v")
	require.NoError(t, err)
	old, err := b.Ledger().PutString(t.Context(), "old", "v")
	require.NoError(t, err)
	_, err = PurgeOnce(t.Context(), b.Ledger(), map[string]uint64{"old": old})
	require.NoError(t, err)
	var seen []string
	require.NoError(t, Read(t.Context(), b.Ledger(), func(entry jetstream.KeyValueEntry) { seen = append(seen, entry.Key()) }))
	require.Equal(t, []string{"kept"}, seen)
	keys, err := b.Ledger().Keys(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"kept"}, keys)
}

func TestPurge_LeavesWhatIsUsedAgain(t *testing.T) {
	b := bustest.New(t)
	old, err := b.Ledger().PutString(t.Context(), "old", "v")
	require.NoError(t, err)
	before, err := b.Ledger().PutString(t.Context(), "used", "v")
	require.NoError(t, err)
	_, err = b.Ledger().PutString(t.Context(), "used", "again")
	require.NoError(t, err)
	purged, err := Purge(t.Context(), b.Ledger(), map[string]uint64{"old": old, "used": before})
	require.NoError(t, err)
	require.Equal(t, 1, purged)
	keys, err := b.Ledger().Keys(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"used"}, keys)
}
