package action

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/ledger"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// Short names of the states that a person's word leads to.
const (
	awaiting = actionv1.State_STATE_AWAITING_APPROVAL
	rejected = actionv1.State_STATE_REJECTED
)

// Errors of a person's word on an action.
var (
	// ErrNoSuchAction is returned for an id that the ledger does not hold.
	ErrNoSuchAction = errors.New("there is no such action")
	// ErrNotAwaiting is returned for an action that nobody has to decide about,
	// or not any more. The action comes with it as it stands.
	ErrNotAwaiting = errors.New("the action does not wait for approval")
)

const (
	// expireEvery is how often proposals are looked at whose time may be over.
	expireEvery = time.Second
	// wordTime is how long a person's word is carried through whose caller has
	// gone meanwhile.
	wordTime = 10 * time.Second
)

// propose keeps an action in mind that a person has to decide about.
func (x *Executor) propose(a *actionv1.Action) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.proposals[a.GetId()] = a.GetExpiresAt().AsTime()
}

// lookAgain lets expire find out where a proposal stands.
func (x *Executor) lookAgain(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.proposals[id] = time.Time{}
}

// Approve records that an action which waits for approval may be done: its lease,
// if it takes one, begins now. Nothing is asked of the vendor before [Release]:
// whoever listens to the ledger's messages asks safety first. The record is changed
// by compare-and-set, so of two people only one approves; the other gets
// ErrNotAwaiting and the action as it stands. Once the record is about to change,
// the end of ctx stops nothing: what is approved stays so, whoever hears the
// answer.
func (x *Executor) Approve(ctx context.Context, id, by string) (*actionv1.Action, error) {
	isExpected := false
	approved, err := x.decide(ctx, id, pending, func(a *actionv1.Action) {
		now := x.opts.Now()
		a.DecidedBy, a.DecidedAt, a.Detail = by, timestamppb.New(now), ""
		startTerm(a, now)
		x.expect(id)
		isExpected = true
	})
	if err != nil && isExpected {
		x.heard(id)
	}
	return approved, err
}

// Reject ends an action that waits for approval, as Approve does otherwise.
func (x *Executor) Reject(ctx context.Context, id, by, why string) (*actionv1.Action, error) {
	return x.decide(ctx, id, rejected, func(a *actionv1.Action) {
		a.DecidedBy, a.DecidedAt, a.Detail = by, timestamppb.New(x.opts.Now()), why
	})
}

func carriedThrough(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), wordTime)
}

// decide moves an action that waits for approval.
func (x *Executor) decide(
	ctx context.Context, id string, to actionv1.State, change func(*actionv1.Action),
) (*actionv1.Action, error) {
	r, err := x.ledger.Get(ctx, id)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, jetstream.ErrInvalidKey):
		return nil, fmt.Errorf("%w: %.64q", ErrNoSuchAction, id)
	case err != nil:
		return nil, err
	case r.State() != awaiting || x.isExpired(r.Action):
		return r.Action, ErrNotAwaiting
	}
	ctx, cancel := carriedThrough(ctx)
	defer cancel()
	moved, err := x.ledger.Move(ctx, r, to, change)
	if errors.Is(err, ledger.ErrConflict) {
		if r, err = x.ledger.Get(ctx, id); err == nil {
			return r.Action, ErrNotAwaiting
		}
	}
	if err != nil {
		x.lookAgain(id) // it may have moved all the same
		return nil, err
	}
	x.mu.Lock()
	delete(x.proposals, id)
	x.mu.Unlock()
	return moved.Action, nil
}

// startTerm counts the time of the action from now: it is too late when that is
// over, or never.
func startTerm(a *actionv1.Action, now time.Time) {
	a.ExpiresAt = nil
	m := a.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().ByName("operation"))
	if field == nil {
		return
	}
	operation := m.Mutable(field).Message()
	length := operation.Descriptor().Fields().ByName("for")
	if length == nil || !operation.Has(length) {
		return
	}
	d, _ := operation.Get(length).Message().Interface().(*durationpb.Duration)
	a.ExpiresAt = timestamppb.New(now.Add(d.AsDuration()))
	until := operation.Descriptor().Fields().ByName("until")
	operation.Set(until, protoreflect.ValueOfMessage(proto.CloneOf(a.GetExpiresAt()).ProtoReflect()))
}

// expire ends proposals that nobody decided about in time, until ctx ends.
func (x *Executor) expire(ctx context.Context) {
	for retry.Wait(ctx, expireEvery) == nil {
		for _, id := range x.overdue() {
			x.expireOne(ctx, id)
		}
	}
}

func (x *Executor) overdue() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var ids []string
	for id, until := range x.proposals {
		if !x.opts.Now().Before(until) {
			ids = append(ids, id)
		}
	}
	return ids
}

// expireOne ends one; it is tried again until the ledger says that it has ended.
// Of one that turns out to be decided about, the ledger tells again.
func (x *Executor) expireOne(ctx context.Context, id string) {
	r, err := x.ledger.Get(ctx, id)
	switch {
	case err != nil:
	case r.State() != awaiting:
		x.ledger.Repeat(ctx, r)
	case !x.isExpired(r.Action):
		x.propose(r.Action)
		return
	default:
		_, err = x.end(ctx, r, expired, detailNotApproved)
	}
	if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) && !errors.Is(err, ledger.ErrConflict) {
		x.logger.WarnContext(ctx, "a proposal whose time is over could not be ended, trying again",
			slog.String("action_id", id), slog.Any("error", err))
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.proposals, id)
}
