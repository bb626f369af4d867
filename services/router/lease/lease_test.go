package lease_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
)

const patience = 10 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func key() lease.Key { return lease.Key{Source: "anodot-prod", Target: "alert:a 1/ü"} }

func claim(actionID string, until time.Time) lease.Claim {
	return lease.Claim{
		Key:         key(),
		Holder:      &actionv1.Holder{Rule: "quiet", ActionId: actionID, Until: timestamppb.New(until)},
		StateBefore: "active", TakenAt: time.Unix(1, 0), Reason: "count 2 of 2",
	}
}

func newKeeper(b lease.Bus) *lease.Keeper {
	return lease.NewKeeper(b, slog.New(slog.DiscardHandler), nil)
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
		joined, err := k.Take(t.Context(), claim(id, until))
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
	b := bustest.New(t)
	k := newKeeper(b)
	over := run(t, k)
	start := time.Now()
	_, err := k.Take(t.Context(), claim("a", start.Add(50*time.Millisecond)))
	require.NoError(t, err)
	last := start.Add(400 * time.Millisecond)
	_, err = k.Take(t.Context(), claim("b", last))
	require.NoError(t, err)

	expect(t, over)
	require.False(t, time.Now().Before(last), "told before the longest holder's end")
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
