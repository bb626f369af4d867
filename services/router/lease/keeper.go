package lease

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/durable"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// Bus is what the keeper needs of the bus.
type Bus interface {
	// Leases returns the bucket of the leases.
	Leases() jetstream.KeyValue
	// PublishLease publishes the state a lease has reached.
	PublishLease(ctx context.Context, l *actionv1.Lease) error
}

// Keeper holds the leases. It is safe for concurrent use; changes of one
// target must come one after the other.
type Keeper struct {
	bus       Bus
	logger    *slog.Logger
	now       func() time.Time
	discarded func(durable.Discard)
	messages  *durable.Announcer

	mu     sync.Mutex
	active map[Key]*actionv1.Lease
	due    queue
	wake   chan struct{}
	// justEnded is when leases ended shortly before Load.
	justEnded map[Key]time.Time
}

// Options are how a keeper works.
type Options struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Discarded is told of what is passed over; may be nil. It must not block.
	Discarded func(durable.Discard)
}

// NewKeeper returns a keeper without leases on the bus, which need not be
// started yet.
func NewKeeper(b Bus, logger *slog.Logger, opts Options) *Keeper {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Discarded == nil {
		opts.Discarded = durable.Ignored
	}
	return &Keeper{
		bus: b, logger: logger, now: opts.Now, discarded: opts.Discarded,
		messages: durable.NewAnnouncer(b.Leases, logger, opts.Discarded),
		active:   map[Key]*actionv1.Lease{}, justEnded: map[Key]time.Time{}, wake: make(chan struct{}, 1),
	}
}

// Deliver publishes the changes whose messages the stream did not take at once,
// until ctx ends.
func (k *Keeper) Deliver(ctx context.Context) { k.messages.Run(ctx) }

// Owed returns how many changes wait for their message to be published.
func (k *Keeper) Owed() int { return k.messages.Owed() }

// Active returns the active lease of the target, nil if there is none. The
// answer is shared: do not change it.
func (k *Keeper) Active(key Key) *actionv1.Lease {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.active[key]
}

// List returns every active lease, in no order. The leases are shared: do not
// change them.
func (k *Keeper) List() []*actionv1.Lease {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := make([]*actionv1.Lease, 0, len(k.active))
	for _, l := range k.active {
		list = append(list, l)
	}
	return list
}

// Len returns the number of active leases.
func (k *Keeper) Len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.active)
}

// Take puts the claim's holder into the active lease of the target, or begins
// a lease where there is none. A holder that is in it already changes nothing,
// nor does one whose rule holds it for as long or longer. Take repeats what the
// bus does not take until ctx ends; it does not wait for the message.
func (k *Keeper) Take(ctx context.Context, c Claim) (*actionv1.Lease, error) {
	l, err := k.change(ctx, c.Key, func(l *actionv1.Lease) *actionv1.Lease {
		switch {
		case !isActive(l):
			return take(c)
		case holdsAsLong(l, c.Holder):
			return nil
		default:
			return join(l, c, k.now())
		}
	})
	if err != nil {
		return nil, fmt.Errorf("take lease on %s of %s: %w", c.Key.Target, c.Key.Source, err)
	}
	return l, nil
}

// Close ends the lease with the given id as state says, ENDED or OVERRIDDEN. A
// lease that is not active any more stays as it is.
func (k *Keeper) Close(ctx context.Context, l *actionv1.Lease, state actionv1.LeaseState, reason string) error {
	id := l.GetId()
	_, err := k.change(ctx, KeyOf(l), func(l *actionv1.Lease) *actionv1.Lease {
		if l.GetId() != id || !isActive(l) {
			return nil
		}
		l = proto.CloneOf(l)
		l.Holders = longestPerRule(l.GetHolders())
		l.State, l.Reason, l.EndedAt = state, reason, timestamppb.New(k.now())
		if state == actionv1.LeaseState_LEASE_STATE_ENDED {
			l.Reason = reasonOf(l, reason)
		}
		return l
	})
	if err != nil {
		return fmt.Errorf("end lease %s: %w", id, err)
	}
	return nil
}

// change replaces the target's lease by what f makes of it (nil: nothing to
// change), publishes it and returns the lease as it is then.
func (k *Keeper) change(ctx context.Context, key Key, f func(*actionv1.Lease) *actionv1.Lease) (*actionv1.Lease, error) {
	var current *actionv1.Lease
	var step *durable.Step // of a change that was asked for
	err := retry.Do(ctx, k.logger, "change lease on "+key.Target, func(ctx context.Context) error {
		before, revision, err := k.read(ctx, key)
		if err != nil {
			return err
		}
		current = f(before)
		if current == nil {
			current = before
			return nil
		}
		if step == nil {
			step = k.messages.Begin(revision)
		}
		current.UpdatedAt = timestamppb.New(k.now())
		return k.write(ctx, key, current, revision)
	})
	if err != nil {
		return nil, err
	}
	k.remember(key, current)
	if step != nil {
		k.messages.Soon(ctx, step, k.message(current))
	}
	return current, nil
}

func (k *Keeper) read(ctx context.Context, key Key) (*actionv1.Lease, uint64, error) {
	entry, err := k.bus.Leases().Get(ctx, BucketKey(key))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read lease: %w", err)
	}
	l := &actionv1.Lease{}
	if err := proto.Unmarshal(entry.Value(), l); err != nil {
		k.discarded(durable.DamagedLease)
		k.logger.ErrorContext(ctx, "lease is damaged and taken for none",
			slog.String("source", key.Source), slog.String("target", key.Target), slog.Any("error", err))
		return nil, entry.Revision(), nil
	}
	return l, entry.Revision(), nil
}

func (k *Keeper) write(ctx context.Context, key Key, l *actionv1.Lease, revision uint64) error {
	value, err := proto.MarshalOptions{Deterministic: true}.Marshal(l)
	if err != nil {
		return fmt.Errorf("encode lease %s: %w", l.GetId(), err)
	}
	if revision == 0 {
		revision, err = k.bus.Leases().Create(ctx, BucketKey(key), value)
	} else {
		revision, err = k.bus.Leases().Update(ctx, BucketKey(key), value, revision)
	}
	if durable.IsRefused(err) {
		return retry.Permanent(err)
	}
	k.messages.Seen(revision)
	return err
}

func (k *Keeper) message(l *actionv1.Lease) durable.Message {
	return durable.Message{
		What:    "publish lease " + l.GetId(),
		Publish: func(ctx context.Context) error { return k.bus.PublishLease(ctx, l) },
	}
}

// remember mirrors the lease in memory and sets its timer.
func (k *Keeper) remember(key Key, l *actionv1.Lease) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !isActive(l) {
		delete(k.active, key)
		return
	}
	before := k.active[key]
	k.active[key] = l
	if before.GetId() == l.GetId() && before.GetUntil().AsTime().Equal(l.GetUntil().AsTime()) {
		return
	}
	k.due.add(deadline{at: l.GetUntil().AsTime(), key: key, lease: l.GetId()})
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// BucketKey is under what key SIGNALBOX_LEASES holds the lease of a target.
func BucketKey(key Key) string { return bus.Token(key.Source) + "." + bus.Token(key.Target) }
