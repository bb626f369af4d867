package ledger_test

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/durable"
	"github.com/signalbox-io/signalbox/services/router/ledger"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

const (
	pending    = actionv1.State_STATE_PENDING
	attempting = actionv1.State_STATE_ATTEMPTING
	done       = actionv1.State_STATE_DONE
	failed     = actionv1.State_STATE_FAILED
	expired    = actionv1.State_STATE_EXPIRED
)

func action(id string) *actionv1.Action {
	return &actionv1.Action{
		Id: id, Rule: "quiet", Source: "anodot-prod", Target: "alert:a1", Type: "pause_alert",
		Operation: &actionv1.Action_PauseAlert{PauseAlert: &actionv1.PauseAlert{AlertId: "a1"}},
	}
}

func newLedger(b ledger.Bus, opts ledger.Options) *ledger.Ledger {
	return ledger.New(b, slog.New(slog.DiscardHandler), opts)
}

// published returns the states on the stream as "id state attempts".
func published(t *testing.T, b *bus.Bus) []string {
	t.Helper()
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamActions)
	require.NoError(t, err)
	info, err := stream.Info(t.Context())
	require.NoError(t, err)
	var got []string
	for seq := uint64(1); seq <= info.State.LastSeq; seq++ {
		msg, err := stream.GetMsg(t.Context(), seq)
		require.NoError(t, err)
		got = append(got, msg.Header.Get("ce-id"))
	}
	return got
}

func TestLedger_RecordsEachStateAndPublishesIt(t *testing.T) {
	b := bustest.New(t)
	var reached []actionv1.State
	l := newLedger(b, ledger.Options{Reached: func(a *actionv1.Action) { reached = append(reached, a.GetState()) }})

	r, err := l.Create(t.Context(), action("one"))
	require.NoError(t, err)
	require.Equal(t, pending, r.State())
	r, err = l.Move(t.Context(), r, attempting, func(a *actionv1.Action) { a.Attempts++; a.StateBefore = "active" })
	require.NoError(t, err)
	r, err = l.Move(t.Context(), r, attempting, func(a *actionv1.Action) { a.Detail = "no answer" })
	require.NoError(t, err)
	r, err = l.Move(t.Context(), r, done, nil)
	require.NoError(t, err)

	stored, err := l.Get(t.Context(), "one")
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(r.Action, stored.Action, protocmp.Transform()))
	require.Equal(t, "active", stored.Action.GetStateBefore())
	require.EqualValues(t, 1, stored.Action.GetAttempts())
	require.Equal(t, []string{"one-pending-0", "one-attempting-1", "one-done-1"}, published(t, b))
	require.Equal(t, []actionv1.State{pending, attempting, done}, reached, "a note reaches no state")
}

func TestLedger_CreatingAgainChangesNothing(t *testing.T) {
	b := bustest.New(t)
	l := newLedger(b, ledger.Options{})
	first, err := l.Create(t.Context(), action("one"))
	require.NoError(t, err)
	_, err = l.Move(t.Context(), first, expired, nil)
	require.NoError(t, err)

	again, err := l.Create(t.Context(), action("one"))
	require.NoError(t, err)
	require.Equal(t, expired, again.State())
	require.Equal(t, []string{"one-pending-0", "one-expired-0"}, published(t, b))
}

func TestLedger_RefusesStepsOutsideTheTable(t *testing.T) {
	b := bustest.New(t)
	l := newLedger(b, ledger.Options{})
	r, err := l.Create(t.Context(), action("one"))
	require.NoError(t, err)
	_, err = l.Move(t.Context(), r, actionv1.State_STATE_REJECTED, nil)
	require.ErrorIs(t, err, ledger.ErrTransition)
	r, err = l.Move(t.Context(), r, failed, nil)
	require.NoError(t, err)
	for _, to := range []actionv1.State{pending, attempting, done, failed} {
		_, err = l.Move(t.Context(), r, to, nil)
		require.ErrorIs(t, err, ledger.ErrTransition, to)
	}
	stored, err := l.Get(t.Context(), "one")
	require.NoError(t, err)
	require.Equal(t, failed, stored.State())
}

func TestLedger_TellsTheSecondOfTwoWriters(t *testing.T) {
	b := bustest.New(t)
	l := newLedger(b, ledger.Options{})
	r, err := l.Create(t.Context(), action("one"))
	require.NoError(t, err)
	_, err = l.Move(t.Context(), r, attempting, nil)
	require.NoError(t, err)
	_, err = l.Move(t.Context(), r, expired, nil)
	require.ErrorIs(t, err, ledger.ErrConflict)
}

// flaky loses answers: what is asked is done, and the caller hears an error.
type flaky struct {
	*bus.Bus
	bucket jetstream.KeyValue
	lost   int
}

func (f *flaky) Ledger() jetstream.KeyValue {
	return &flakyBucket{KeyValue: f.bucket, owner: f}
}

type flakyBucket struct {
	jetstream.KeyValue
	owner *flaky
}

var errLost = errors.New("the answer got lost")

func (f *flakyBucket) Create(ctx context.Context, key string, value []byte, opts ...jetstream.KVCreateOpt) (uint64, error) {
	revision, err := f.KeyValue.Create(ctx, key, value, opts...)
	return f.lose(revision, err)
}

func (f *flakyBucket) Update(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	revision, err := f.KeyValue.Update(ctx, key, value, last)
	return f.lose(revision, err)
}

func (f *flakyBucket) lose(revision uint64, err error) (uint64, error) {
	if f.owner.lost++; f.owner.lost%2 == 1 {
		return 0, errLost
	}
	return revision, err
}

func TestLedger_SurvivesLostAnswers(t *testing.T) {
	b := bustest.New(t)
	l := newLedger(&flaky{Bus: b, bucket: b.Ledger()}, ledger.Options{})
	r, err := l.Create(t.Context(), action("one"))
	require.NoError(t, err)
	r, err = l.Move(t.Context(), r, attempting, func(a *actionv1.Action) { a.Attempts++ })
	require.NoError(t, err)
	_, err = l.Move(t.Context(), r, done, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"one-pending-0", "one-attempting-1", "one-done-1"}, published(t, b))
}

// muteBus takes records and no messages until it speaks, as if the stream were
// full.
type muteBus struct {
	*bus.Bus
	speaks bool
}

func (m *muteBus) PublishAction(ctx context.Context, a *actionv1.Action) error {
	if !m.speaks {
		return errors.New("the stream is full")
	}
	return m.Bus.PublishAction(ctx, a)
}

func TestLedger_RecoverTakesUpWhatIsOpenOldestFirst(t *testing.T) {
	b := bustest.New(t)
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	l := newLedger(b, ledger.Options{Now: func() time.Time { return clock }})
	for _, id := range []string{"zeta", "beta"} {
		_, err := l.Create(t.Context(), action(id))
		require.NoError(t, err)
		clock = clock.Add(time.Second)
	}
	_, err := b.Ledger().PutString(t.Context(), "damaged", "\xff\xff")
	require.NoError(t, err)

	var discarded []durable.Discard
	open, err := newLedger(b, ledger.Options{
		Discarded: func(d durable.Discard) { discarded = append(discarded, d) },
	}).Recover(t.Context())
	require.NoError(t, err)
	require.Equal(t, []durable.Discard{durable.DamagedAction}, discarded)
	require.Len(t, open, 2)
	require.Equal(t, "zeta", open[0].Action.GetId(), "oldest first")
	require.Equal(t, "beta", open[1].Action.GetId())
	require.Equal(t, []string{"zeta-pending-0", "beta-pending-0"}, published(t, b))
}

// A final state whose message the stream refused is published by the next
// process, however much has happened since.
func TestLedger_RecoverPublishesWhatTheStreamRefused(t *testing.T) {
	b := bustest.New(t)
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	full := &muteBus{Bus: b, speaks: true}
	l := newLedger(full, ledger.Options{Now: func() time.Time { return clock }})
	one, err := l.Create(t.Context(), action("one"))
	require.NoError(t, err)
	full.speaks = false
	_, err = l.Move(t.Context(), one, done, nil)
	require.NoError(t, err, "nothing waits for the message of an end")
	require.Equal(t, 1, l.Owed())
	clock = clock.Add(24 * time.Hour)
	_, err = newLedger(b, ledger.Options{Now: func() time.Time { return clock }}).Create(t.Context(), action("two"))
	require.NoError(t, err)

	_, err = newLedger(b, ledger.Options{}).Recover(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"one-pending-0", "two-pending-0", "one-done-0"}, published(t, b))
}

// What the mark covers is not published again by each start.
func TestLedger_RecoverPublishesNoEndBeforeTheMark(t *testing.T) {
	b := bustest.New(t)
	l := newLedger(b, ledger.Options{})
	for _, id := range []string{"one", "two"} {
		r, err := l.Create(t.Context(), action(id))
		require.NoError(t, err)
		_, err = l.Move(t.Context(), r, done, nil)
		require.NoError(t, err)
	}
	entry, err := b.Ledger().Get(t.Context(), "one")
	require.NoError(t, err)
	_, err = b.Ledger().PutString(t.Context(), "published-up-to", strconv.FormatUint(entry.Revision(), 10))
	require.NoError(t, err)
	full := newLedger(&muteBus{Bus: b}, ledger.Options{})
	_, err = full.Recover(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, full.Owed(), "of two alone")
}

// Nor does a start wait for a stream that takes nothing.
func TestLedger_RecoverDoesNotWaitForAFullStream(t *testing.T) {
	b := bustest.New(t)
	_, err := newLedger(b, ledger.Options{}).Create(t.Context(), action("one"))
	require.NoError(t, err)
	full := &muteBus{Bus: b}
	l := newLedger(full, ledger.Options{})
	open, err := l.Recover(t.Context())
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.Equal(t, 1, l.Owed())
}

// An effect waits for its intent to be on the stream.
func TestLedger_AttemptWaitsForTheStream(t *testing.T) {
	b := bustest.New(t)
	full := &muteBus{Bus: b, speaks: true}
	l := newLedger(full, ledger.Options{})
	r, err := l.Create(t.Context(), action("one"))
	require.NoError(t, err)
	full.speaks = false
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = l.Move(ctx, r, attempting, func(a *actionv1.Action) { a.Attempts++ })
	require.ErrorIs(t, err, context.DeadlineExceeded)

	resume := action("resume")
	resume.Type = "resume_alert"
	resume.Operation = &actionv1.Action_ResumeAlert{ResumeAlert: &actionv1.ResumeAlert{AlertId: "a1"}}
	r, err = l.Create(t.Context(), resume)
	require.NoError(t, err, "a resume does not")
	_, err = l.Move(t.Context(), r, attempting, func(a *actionv1.Action) { a.Attempts++ })
	require.NoError(t, err)
}

func TestLedger_DamagedRecordIsToldAndNotRepeated(t *testing.T) {
	for name, value := range map[string]string{"not decodable": "\xff\xff", "empty": "", "of another action": "\x0a\x03two"} {
		t.Run(name, func(t *testing.T) {
			b := bustest.New(t)
			_, err := b.Ledger().PutString(t.Context(), "one", value)
			require.NoError(t, err)
			var discarded []durable.Discard
			l := newLedger(b, ledger.Options{Discarded: func(d durable.Discard) { discarded = append(discarded, d) }})
			ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
			defer cancel()
			_, err = l.Create(ctx, action("one"))
			require.ErrorIs(t, err, ledger.ErrDamaged)
			require.True(t, retry.IsPermanent(err))
			_, err = l.Get(ctx, "one")
			require.ErrorIs(t, err, ledger.ErrDamaged)
			require.Equal(t, []durable.Discard{durable.DamagedAction}, discarded, "the one that is not made is counted as unrecordable")
			entry, err := b.Ledger().Get(ctx, "one")
			require.NoError(t, err)
			require.Equal(t, value, string(entry.Value()), "it stays as it is")
		})
	}
}

func TestLedger_WhatNoBusTakesIsToldAndNotRepeated(t *testing.T) {
	b := bustest.New(t)
	l := newLedger(b, ledger.Options{})
	large := action("large")
	large.Key = []string{strings.Repeat("x", 8<<20)}
	for _, a := range []*actionv1.Action{large, action("no key of a bucket")} {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		_, err := l.Create(ctx, a)
		cancel()
		require.True(t, retry.IsPermanent(err), err)
	}
}

func TestLedger_PurgeRemovesOldFinishedRecordsOnly(t *testing.T) {
	b := bustest.New(t)
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	l := newLedger(b, ledger.Options{Now: func() time.Time { return clock }})
	finish := func(id string) {
		r, err := l.Create(t.Context(), action(id))
		require.NoError(t, err)
		_, err = l.Move(t.Context(), r, done, nil)
		require.NoError(t, err)
	}
	finish("finished")
	_, err := l.Create(t.Context(), action("open"))
	require.NoError(t, err)
	clock = clock.Add(ledger.Retention)
	finish("fresh")

	purged, err := l.Purge(t.Context(), clock.Add(time.Nanosecond-ledger.Retention))
	require.NoError(t, err)
	require.Equal(t, 1, purged)
	_, err = l.Get(t.Context(), "finished")
	require.ErrorIs(t, err, jetstream.ErrKeyNotFound)
	for _, id := range []string{"open", "fresh"} {
		_, err = l.Get(t.Context(), id)
		require.NoError(t, err, id)
	}
}
