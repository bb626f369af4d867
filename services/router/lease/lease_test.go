package lease_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
)

const patience = 90 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func key() lease.Key { return lease.Key{Source: "anodot-prod", Target: "alert:a 1/ü"} }

func claim(actionID string, until time.Time) lease.Claim {
	return lease.Claim{
		Key:         key(),
		Holder:      &actionv1.Holder{Rule: "quiet", ActionId: actionID, Until: timestamppb.New(until)},
		StateBefore: "active", TakenAt: time.Unix(1, 0), Reason: "count 2 of 2",
	}
}

func claimOf(rule, actionID string, until time.Time) lease.Claim {
	c := claim(actionID, until)
	c.Holder.Rule = rule
	return c
}

func newKeeper(b lease.Bus) *lease.Keeper {
	return lease.NewKeeper(b, slog.New(slog.DiscardHandler), lease.Options{})
}

// published returns "state until" of each lease message on the stream.
func published(t *testing.T, b *bus.Bus) []*actionv1.Lease {
	t.Helper()
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamActions)
	require.NoError(t, err)
	info, err := stream.Info(t.Context())
	require.NoError(t, err)
	var got []*actionv1.Lease
	for seq := uint64(1); seq <= info.State.LastSeq; seq++ {
		msg, err := stream.GetMsg(t.Context(), seq)
		require.NoError(t, err)
		l, err := bus.DecodeLease(msg.Header, msg.Data)
		require.NoError(t, err)
		got = append(got, l)
	}
	return got
}

// run runs the keeper until the test ends and returns what it tells of.
func run(t *testing.T, k *lease.Keeper) <-chan lease.Key {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	over, ended := make(chan lease.Key, 10), make(chan struct{})
	go func() {
		defer close(ended)
		k.Run(ctx, func(key lease.Key) { over <- key })
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return over
}

func expect(t *testing.T, over <-chan lease.Key) {
	t.Helper()
	select {
	case got := <-over:
		require.Equal(t, key(), got)
	case <-time.After(patience):
		require.Fail(t, "nobody was told of the end")
	}
}

func TestKeeper_LongestHolderDecides(t *testing.T) {
	b := bustest.New(t)
	k := newKeeper(b)
	start := time.Now().Add(time.Hour)
	first, err := k.Take(t.Context(), claim("a", start))
	require.NoError(t, err)
	require.Equal(t, actionv1.LeaseState_LEASE_STATE_ACTIVE, first.GetState())
	for id, until := range map[string]time.Time{"b": start.Add(-time.Minute), "c": start.Add(time.Minute)} {
		joined, err := k.Take(t.Context(), claimOf("rule "+id, id, until))
		require.NoError(t, err)
		require.Equal(t, first.GetId(), joined.GetId())
	}
	got := k.Active(key())
	require.Len(t, got.GetHolders(), 3)
	require.True(t, start.Add(time.Minute).Equal(got.GetUntil().AsTime()))

	_, err = k.Take(t.Context(), claim("b", start.Add(time.Hour)))
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(got, k.Active(key()), protocmp.Transform()), "a holder joins once")
	require.Len(t, published(t, b), 3)
}

func TestKeeper_ClosesOnceAndTheNextPauseTakesAnotherLease(t *testing.T) {
	b := bustest.New(t)
	k := newKeeper(b)
	first, err := k.Take(t.Context(), claim("a", time.Now().Add(time.Hour)))
	require.NoError(t, err)
	require.NoError(t, k.Close(t.Context(), first, actionv1.LeaseState_LEASE_STATE_OVERRIDDEN, "by hand"))
	require.NoError(t, k.Close(t.Context(), first, actionv1.LeaseState_LEASE_STATE_ENDED, "again"))
	require.Nil(t, k.Active(key()))
	require.Zero(t, k.Len())

	second, err := k.Take(t.Context(), claim("b", time.Now().Add(time.Hour)))
	require.NoError(t, err)
	require.NotEqual(t, first.GetId(), second.GetId())
	require.NoError(t, k.Close(t.Context(), first, actionv1.LeaseState_LEASE_STATE_ENDED, "an old word"))
	require.Equal(t, second.GetId(), k.Active(key()).GetId())

	var states []actionv1.LeaseState
	for _, l := range published(t, b) {
		states = append(states, l.GetState())
	}
	require.Equal(t, []actionv1.LeaseState{
		actionv1.LeaseState_LEASE_STATE_ACTIVE, actionv1.LeaseState_LEASE_STATE_OVERRIDDEN, actionv1.LeaseState_LEASE_STATE_ACTIVE,
	}, states)
}

func TestKeeper_TellsOfTheEndOnceAndOfTheLastOnly(t *testing.T) {
	start := time.Now()
	var now, looks atomic.Int64
	k := lease.NewKeeper(bustest.New(t), slog.New(slog.DiscardHandler), lease.Options{Now: func() time.Time {
		looks.Add(1)
		return start.Add(time.Duration(now.Load()))
	}})
	over := run(t, k)
	_, err := k.Take(t.Context(), claim("a", start.Add(20*time.Millisecond)))
	require.NoError(t, err)
	last := 60 * time.Millisecond
	_, err = k.Take(t.Context(), claim("b", start.Add(last)))
	require.NoError(t, err)
	now.Store(int64(last) - 1)
	seen := looks.Load()
	require.Eventually(t, func() bool { return looks.Load() > seen+2 }, patience, time.Millisecond)
	require.Empty(t, over, "told before the longest holder's end")

	now.Store(int64(last))
	expect(t, over)
	require.Empty(t, over)
}

func TestKeeper_LoadTellsOfEndsThatPassedWhileNobodyWatched(t *testing.T) {
	b := bustest.New(t)
	_, err := newKeeper(b).Take(t.Context(), claim("a", time.Now().Add(-24*time.Hour)))
	require.NoError(t, err)

	again := newKeeper(b)
	require.NoError(t, again.Load(t.Context()))
	require.Equal(t, 1, again.Len())
	expect(t, run(t, again))
	require.Len(t, published(t, b), 1, "publishing the same state again is no second message")
}

// A rule that fires again and again extends its lease; the record does not grow
// with that, so that it stays below what the bus takes.
func TestKeeper_KeepsTheLongestHolderOfEachRule(t *testing.T) {
	b := bustest.New(t)
	now := time.Now()
	k := lease.NewKeeper(b, slog.New(slog.DiscardHandler), lease.Options{Now: func() time.Time { return now }})
	_, err := k.Take(t.Context(), claimOf("other", "o", now.Add(150*time.Minute)))
	require.NoError(t, err)
	for i := range 200 {
		_, err := k.Take(t.Context(), claim(fmt.Sprint("a", i), now.Add(time.Hour)))
		require.NoError(t, err)
		if i == 100 {
			require.Len(t, k.Active(key()).GetHolders(), 2)
		}
		now = now.Add(time.Minute)
	}
	l := k.Active(key())
	require.Len(t, l.GetHolders(), 1, "the other rule's time is over")
	require.Equal(t, "a199", l.GetHolders()[0].GetActionId())
	require.True(t, now.Add(59*time.Minute).Equal(l.GetUntil().AsTime()))

	_, err = k.Take(t.Context(), claim("shorter", now.Add(time.Minute)))
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(l, k.Active(key()), protocmp.Transform()), "one that holds it longer is there")
}

// A record of an older version may be as long as the bus takes at all.
func TestKeeper_ClosesALeaseThatHasGrownToTheLimit(t *testing.T) {
	b := bustest.New(t)
	l, err := newKeeper(b).Take(t.Context(), claim("a", time.Now().Add(time.Hour)))
	require.NoError(t, err)
	l = proto.CloneOf(l)
	limit, empty := int(b.Conn().MaxPayload()), proto.Size(l)
	l.Holders = append(l.GetHolders(), &actionv1.Holder{Rule: "quiet", ActionId: strings.Repeat("a", 26), Until: l.GetUntil()})
	for range (limit-empty)/(proto.Size(l)-empty) - 10 {
		l.Holders = append(l.GetHolders(), l.GetHolders()[1])
	}
	l.StateBefore = strings.Repeat("x", limit-proto.Size(l)-300)
	value, err := proto.Marshal(l)
	require.NoError(t, err)
	_, err = b.Leases().Put(t.Context(), bucketKeys(t, b)[0], value)
	require.NoError(t, err)

	k := newKeeper(b)
	require.NoError(t, k.Load(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, k.Close(ctx, l, actionv1.LeaseState_LEASE_STATE_ENDED, strings.Repeat("x", 1000)))
	require.Zero(t, k.Len())
}

func bucketKeys(t *testing.T, b *bus.Bus) []string {
	t.Helper()
	keys, err := b.Leases().Keys(t.Context())
	require.NoError(t, err)
	return keys
}

// mute publishes nothing until it speaks.
type mute struct {
	*bus.Bus
	speaks bool
}

func (m *mute) PublishLease(ctx context.Context, l *actionv1.Lease) error {
	if !m.speaks {
		return errors.New("the stream is full")
	}
	return m.Bus.PublishLease(ctx, l)
}

// The bus refuses the message of an end for as long as it likes; the end is
// published all the same, by this process or by the next one.
func TestKeeper_PublishesAnEndThatTheStreamRefused(t *testing.T) {
	b := bustest.New(t)
	now := time.Now()
	refusing := &mute{Bus: b}
	k := lease.NewKeeper(refusing, slog.New(slog.DiscardHandler), lease.Options{Now: func() time.Time { return now }})
	first, err := k.Take(t.Context(), claim("a", now.Add(time.Hour)))
	require.NoError(t, err)
	require.NoError(t, k.Close(t.Context(), first, actionv1.LeaseState_LEASE_STATE_ENDED, "over"))
	now = now.Add(24 * time.Hour)
	other := claim("b", now.Add(time.Hour))
	other.Key.Target = "alert:b"
	_, err = k.Take(t.Context(), other)
	require.NoError(t, err)
	require.Equal(t, 3, k.Owed())

	require.NoError(t, newKeeper(b).Load(t.Context()))
	var states []string
	for _, l := range published(t, b) {
		states = append(states, l.GetTarget()+" "+l.GetState().String())
	}
	require.ElementsMatch(t, []string{key().Target + " LEASE_STATE_ENDED", "alert:b LEASE_STATE_ACTIVE"}, states)

	refusing.speaks = true
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		k.Deliver(ctx)
	}()
	require.Eventually(t, func() bool { return k.Owed() == 0 }, patience, time.Millisecond)
	cancel()
	<-ended
	require.Len(t, published(t, b), 3, "the first state of all is told too, no other twice")
}

func TestKeeper_PurgeRemovesLeasesThatEndedLongAgoOnly(t *testing.T) {
	b := bustest.New(t)
	now := time.Now()
	k := lease.NewKeeper(b, slog.New(slog.DiscardHandler), lease.Options{Now: func() time.Time { return now }})
	take := func(target string) *actionv1.Lease {
		c := claim(target, now.Add(1000*time.Hour))
		c.Key.Target = target
		l, err := k.Take(t.Context(), c)
		require.NoError(t, err)
		return l
	}
	require.NoError(t, k.Close(t.Context(), take("old"), actionv1.LeaseState_LEASE_STATE_ENDED, "over"))
	active := take("active")
	now = now.Add(time.Hour)
	require.NoError(t, k.Close(t.Context(), take("fresh"), actionv1.LeaseState_LEASE_STATE_ENDED, "over"))

	purged, err := k.Purge(t.Context(), now)
	require.NoError(t, err)
	require.Equal(t, 1, purged)
	require.ElementsMatch(t, []string{"anodot-prod.active", "anodot-prod.fresh"}, bucketKeys(t, b))
	require.Equal(t, active.GetId(), k.Active(lease.KeyOf(active)).GetId())
}

// flaky loses every other answer of the bucket.
type flaky struct {
	*bus.Bus
	calls int
}

type flakyBucket struct {
	jetstream.KeyValue
	owner *flaky
}

func (f *flaky) Leases() jetstream.KeyValue { return flakyBucket{f.Bus.Leases(), f} }

func (f flakyBucket) Create(ctx context.Context, key string, value []byte, opts ...jetstream.KVCreateOpt) (uint64, error) {
	revision, err := f.KeyValue.Create(ctx, key, value, opts...)
	if f.owner.calls++; f.owner.calls%2 == 1 {
		return 0, errors.New("the answer got lost")
	}
	return revision, err
}

func TestKeeper_PublishesWhatALostAnswerHid(t *testing.T) {
	b := bustest.New(t)
	k := newKeeper(&flaky{Bus: b})
	_, err := k.Take(t.Context(), claim("a", time.Now().Add(time.Hour)))
	require.NoError(t, err)
	require.Len(t, k.Active(key()).GetHolders(), 1)
	require.Len(t, published(t, b), 1)
}

func TestKeeper_TellsTheOldestAndWhatIsOverdue(t *testing.T) {
	b := bustest.New(t)
	now := time.Now()
	k := lease.NewKeeper(b, slog.New(slog.DiscardHandler), lease.Options{Now: func() time.Time { return now }})
	require.Zero(t, k.Oldest())
	for target, until := range map[string]time.Time{"alert:a": now.Add(time.Hour), "alert:b": now.Add(3 * time.Hour)} {
		c := claim(target, until)
		c.Key.Target, c.TakenAt = target, now.Add(-time.Minute)
		_, err := k.Take(t.Context(), c)
		require.NoError(t, err)
	}
	now = now.Add(time.Hour + time.Minute)
	require.Equal(t, time.Hour+2*time.Minute, k.Oldest())
	require.Zero(t, k.Overdue(time.Minute), "not longer than that")
	now = now.Add(time.Nanosecond)
	require.Equal(t, 1, k.Overdue(time.Minute))
	known, err := k.Known(t.Context())
	require.NoError(t, err)
	require.Len(t, known, 2)
}
