package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/durable"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

var (
	// ErrConflict is returned when somebody else changed the record.
	ErrConflict = errors.New("the action was changed by somebody else")
	// ErrDamaged is returned for a record that cannot be decoded. It stays as it
	// is, because nobody can tell what was done for it.
	ErrDamaged = errors.New("the record is damaged; look at it in SIGNALBOX_LEDGER and purge its key")
)

// Bus is what the ledger needs of the bus.
type Bus interface {
	// Ledger returns the bucket of the records.
	Ledger() jetstream.KeyValue
	// PublishAction publishes the state an action has reached.
	PublishAction(ctx context.Context, a *actionv1.Action) error
}

// Options are how a ledger works.
type Options struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Reached is told of every state that is newly reached; may be nil. It must
	// not block.
	Reached func(a *actionv1.Action)
	// Discarded is told of what is passed over; may be nil. It must not block.
	Discarded func(durable.Discard)
}

// Ledger holds the records. It is safe for concurrent use; two who change the
// same record are told so by ErrConflict.
type Ledger struct {
	bus       Bus
	logger    *slog.Logger
	now       func() time.Time
	reached   func(*actionv1.Action)
	discarded func(durable.Discard)
	messages  *durable.Announcer
}

// New returns a ledger on the bus, which need not be started yet.
func New(b Bus, logger *slog.Logger, opts Options) *Ledger {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Reached == nil {
		opts.Reached = func(*actionv1.Action) {}
	}
	if opts.Discarded == nil {
		opts.Discarded = durable.Ignored
	}
	return &Ledger{
		bus: b, logger: logger, now: opts.Now, reached: opts.Reached, discarded: opts.Discarded,
		messages: durable.NewAnnouncer(b.Ledger, logger, opts.Discarded),
	}
}

// Deliver publishes the states whose messages the stream did not take at once,
// until ctx ends.
func (l *Ledger) Deliver(ctx context.Context) { l.messages.Run(ctx) }

// Owed returns how many states wait for their message to be published.
func (l *Ledger) Owed() int { return l.messages.Owed() }

// Record is one action as it stands.
type Record struct {
	// Action as recorded; treat it as read-only.
	Action   *actionv1.Action
	revision uint64
}

// State returns where the action stands.
func (r Record) State() actionv1.State { return r.Action.GetState() }

// Create records the action as PENDING, or as AWAITING_APPROVAL where it says
// so, and publishes it. An action that is
// recorded already stays as it is and is returned as it stands; only a damaged
// record of a resume is replaced, because a resume must be made and harms
// nobody when it is made twice. Create repeats what the bus does not take until
// ctx ends. What it cannot record however often it is repeated, [ErrDamaged]
// among it, is an error that [retry.IsPermanent].
func (l *Ledger) Create(ctx context.Context, a *actionv1.Action) (Record, error) {
	a = proto.CloneOf(a)
	if a.GetState() != actionv1.State_STATE_AWAITING_APPROVAL {
		a.State = actionv1.State_STATE_PENDING
	}
	a.Attempts, a.Detail, a.NextAttemptAt = 0, awaited(a), nil
	a.CreatedAt = timestamppb.New(l.now())
	a.UpdatedAt = a.GetCreatedAt()
	value, err := marshal(a)
	if err != nil {
		return Record{}, retry.Permanent(err)
	}
	var record Record
	err = retry.Do(ctx, l.logger, "record action "+a.GetId(), func(ctx context.Context) error {
		record, err = l.create(ctx, a, value)
		return err
	})
	if err != nil {
		return Record{}, fmt.Errorf("record action %s: %w", a.GetId(), err)
	}
	l.messages.Seen(record.revision)
	if record.State() != a.GetState() || record.Action.GetAttempts() > 0 {
		return record, nil
	}
	return record, l.announce(ctx, nil, record.Action)
}

// create puts the value where none is and returns the record that is there
// then.
func (l *Ledger) create(ctx context.Context, a *actionv1.Action, value []byte) (Record, error) {
	revision, err := l.bus.Ledger().Create(ctx, a.GetId(), value)
	if err == nil {
		return Record{Action: a, revision: revision}, nil
	}
	if !errors.Is(err, jetstream.ErrKeyExists) {
		return Record{}, permanent(err)
	}
	entry, err := l.bus.Ledger().Get(ctx, a.GetId())
	if err != nil {
		return Record{}, err
	}
	record, err := unmarshal(entry)
	if err == nil || !EndsLease(a) {
		return record, err
	}
	l.discarded(durable.DamagedAction)
	l.logger.ErrorContext(ctx, "damaged record of the end of a lease is replaced; the lease is ended",
		slog.String("action_id", a.GetId()), slog.String("target", a.GetTarget()), slog.Any("error", err))
	revision, err = l.bus.Ledger().Update(ctx, a.GetId(), value, entry.Revision())
	return Record{Action: a, revision: revision}, err
}

// Get returns the action as it stands, or an error that is
// jetstream.ErrKeyNotFound or ErrDamaged.
func (l *Ledger) Get(ctx context.Context, id string) (Record, error) {
	entry, err := l.bus.Ledger().Get(ctx, id)
	if err != nil {
		return Record{}, fmt.Errorf("read action %s: %w", id, err)
	}
	r, err := unmarshal(entry)
	if err != nil {
		l.discarded(durable.DamagedAction)
	}
	return r, err
}

// Move takes the action one step along the table, with change (may be nil)
// applied to its other fields, and publishes the state. The next attempt that
// was due is not any more, unless change sets one. Move repeats what the bus
// does not take until ctx ends; it returns ErrTransition for a step that is not
// in the table and ErrConflict if the record is not r any more.
func (l *Ledger) Move(ctx context.Context, r Record, to actionv1.State, change func(*actionv1.Action)) (Record, error) {
	if err := checkStep(r.Action, to); err != nil {
		return r, err
	}
	next := proto.CloneOf(r.Action)
	next.State, next.NextAttemptAt = to, nil
	if change != nil {
		change(next)
	}
	next.UpdatedAt = timestamppb.New(l.now())
	step := l.begin(r, to)
	moved, err := l.update(ctx, r, next)
	if err != nil {
		if errors.Is(err, ErrConflict) {
			l.messages.Void(step)
		}
		return r, fmt.Errorf("move action %s to %s: %w", next.GetId(), to, err)
	}
	l.messages.Seen(moved.revision)
	if to == r.State() && next.GetAttempts() == r.Action.GetAttempts() {
		return moved, nil // a note, not a state that was reached
	}
	return moved, l.announce(ctx, step, next)
}

// begin notes that a final state is about to be reached; the others need no
// mark, because Recover publishes whatever is open.
func (l *Ledger) begin(r Record, to actionv1.State) *durable.Step {
	if !IsFinal(to) {
		return nil
	}
	return l.messages.Begin(r.revision)
}

// update replaces the record by compare-and-set. An answer that got lost is
// told from a conflict by reading what is there.
func (l *Ledger) update(ctx context.Context, r Record, next *actionv1.Action) (Record, error) {
	value, err := marshal(next)
	if err != nil {
		return r, err
	}
	var moved Record
	err = retry.Do(ctx, l.logger, "change action "+next.GetId(), func(ctx context.Context) error {
		revision, err := l.bus.Ledger().Update(ctx, next.GetId(), value, r.revision)
		if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			moved, err = l.Get(ctx, next.GetId())
			return err
		}
		moved = Record{Action: next, revision: revision}
		return permanent(err)
	})
	if err != nil {
		return r, err
	}
	if !proto.Equal(moved.Action, next) {
		return r, ErrConflict
	}
	return moved, nil
}

// announce publishes the state. An effect begins only after the stream has its
// intent, but nothing waits for a stream that is full once the effect is there,
// and a resume waits for nothing: its record is the intent.
func (l *Ledger) announce(ctx context.Context, step *durable.Step, a *actionv1.Action) error {
	l.reached(a)
	if !isUrgent(a) && !IsFinal(a.GetState()) {
		return l.messages.Now(ctx, step, l.message(a))
	}
	l.messages.Soon(ctx, step, l.message(a))
	return nil
}

func (l *Ledger) message(a *actionv1.Action) durable.Message {
	return durable.Message{
		What:    "publish action " + a.GetId(),
		Publish: func(ctx context.Context) error { return l.bus.PublishAction(ctx, a) },
	}
}

// permanent marks the errors of the bus that no repetition mends.
func permanent(err error) error {
	if durable.IsRefused(err) {
		return retry.Permanent(err)
	}
	return err
}

func marshal(a *actionv1.Action) ([]byte, error) {
	value, err := proto.MarshalOptions{Deterministic: true}.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("encode action %s: %w", a.GetId(), err)
	}
	return value, nil
}

func unmarshal(entry jetstream.KeyValueEntry) (Record, error) {
	a := &actionv1.Action{}
	err := proto.Unmarshal(entry.Value(), a)
	if err == nil && a.GetId() != entry.Key() {
		err = fmt.Errorf("it holds action %.64q", a.GetId())
	}
	if err != nil {
		return Record{}, retry.Permanent(fmt.Errorf("decode action %s: %w: %w", entry.Key(), ErrDamaged, err))
	}
	return Record{Action: a, revision: entry.Revision()}, nil
}
