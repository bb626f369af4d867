package claim

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

// defaultRelease is how long giving a claim back may take.
const defaultRelease = time.Second

// Options are what a claim is about. All but Instance, Address, HeldFor, ReleaseTime
// and Attempt are required.
type Options struct {
	// Bucket holds the claim; it is asked for at each use.
	Bucket func() jetstream.KeyValue
	// Key of the claim in the bucket.
	Key string
	// Holder names this process and no other one; see [Holder].
	Holder string
	// Instance is what a process keeps over a restart and shares with nobody who
	// lives at the same time. The first look at a claim of the same instance takes
	// it at once: its holder is dead.
	Instance string
	// Address is how others reach this process.
	Address string
	// StaleAfter is how long a claim must not have changed to be taken over.
	StaleAfter time.Duration
	// HeldFor is how long after a renewal was sent the claim counts as held, less
	// than StaleAfter [StaleAfter].
	HeldFor time.Duration
	// ReleaseTime is how long giving the claim back may take [1s].
	ReleaseTime time.Duration
	// Attempt bounds one use of the bucket [it ends with the caller's context].
	Attempt func(ctx context.Context, do func(context.Context) error) error
}

// Claim is one process's view of a claim. It belongs to one goroutine, but for
// IsHeld and Number.
type Claim struct {
	opts Options

	// revision is what the claim stands at, by our own hand or another's, 0 for
	// one that is not there; changed is when it was first seen there.
	revision  uint64
	changed   time.Time
	hasLooked bool
	other     *sourcev1.Claim // of whom it was seen last; nil if nobody's
	isStolen  bool            // from one who may live
	epoch     atomic.Uint64
	heldUntil atomic.Pointer[limit]
}

// limit is until when a claim is held, by the clock that nobody sets and by the
// calendar: the former stands still while the machine is suspended.
type limit struct{ at, calendar time.Time }

func limitAt(at time.Time) *limit { return &limit{at: at, calendar: at.Round(0)} }

func (l *limit) isAhead(now time.Time) bool {
	return l != nil && now.Before(l.at) && now.Round(0).Before(l.calendar)
}

// New returns a claim that is not ours.
func New(opts Options) *Claim {
	if opts.HeldFor == 0 {
		opts.HeldFor = opts.StaleAfter
	}
	if opts.ReleaseTime == 0 {
		opts.ReleaseTime = defaultRelease
	}
	if opts.Attempt == nil {
		opts.Attempt = func(ctx context.Context, do func(context.Context) error) error { return do(ctx) }
	}
	return &Claim{opts: opts}
}

// Holder names this process for people and tells it from every other one.
func Holder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:8])
}

// IsHeld reports whether the claim is ours for certain. A clock that is set forward
// makes it uncertain until the next renewal. It is safe for concurrent use.
func (c *Claim) IsHeld() bool { return c.heldUntil.Load().isAhead(time.Now()) }

// Other returns who had the claim when we looked at it last, nil if nobody had or
// it is ours. Do not change it.
func (c *Claim) Other() *sourcev1.Claim { return c.other }

// IsStolen reports whether our claim was taken from a process that may live and not
// know it, or was ours without our knowing: what was begun then may be on its way.
func (c *Claim) IsStolen() bool { return c.isStolen }

// Number gives our claim a number, by which others tell it from those before. The
// next renewal writes it. It is safe for concurrent use.
func (c *Claim) Number(epoch uint64) { c.epoch.Store(epoch) }

// Take takes the claim where it is free, and reports whether it is ours. An error
// is a bucket that is away.
func (c *Claim) Take(ctx context.Context) (isOurs bool, err error) {
	err = c.opts.Attempt(ctx, func(ctx context.Context) error {
		began := time.Now()
		stored, revision, err := c.look(ctx)
		if err != nil {
			return err
		}
		isFirst := !c.hasLooked
		c.hasLooked = true
		switch {
		case stored.GetHolder() == c.opts.Holder: // we wrote it and have not been told so, or did not give it back
			isOurs, err = c.write(ctx, revision)
			c.isStolen = true
			return err
		case c.isFree(stored, isFirst):
			isOurs, err = c.write(ctx, revision)
			c.isStolen = false
			return err
		case isFirst || revision != c.revision:
			c.revision, c.changed = revision, began
			return nil
		case time.Since(c.changed) < c.opts.StaleAfter:
			return nil
		default:
			isOurs, err = c.write(ctx, revision)
			c.isStolen = true
			return err
		}
	})
	return isOurs, err
}

// isFree reports whether nobody has the claim: it was given back, was never there,
// or is of a process whose place we take. A claim that was there and is gone was
// lost by the server; its holder may live.
func (c *Claim) isFree(stored *sourcev1.Claim, isFirst bool) bool {
	switch {
	case stored == nil:
		return isFirst
	case stored.GetHolder() == "":
		return true
	default:
		return isFirst && c.opts.Instance != "" && stored.GetInstance() == c.opts.Instance
	}
}

// Renew says that we live, and reports false where the claim is another's. A claim
// that the server has forgotten is written again.
func (c *Claim) Renew(ctx context.Context) (isOurs bool, err error) {
	err = c.opts.Attempt(ctx, func(ctx context.Context) error {
		if isOurs, err = c.write(ctx, c.revision); isOurs || err != nil {
			return err
		}
		began := time.Now()
		stored, revision, err := c.look(ctx)
		switch {
		case err != nil:
			return err
		case stored == nil:
			isOurs, err = c.write(ctx, 0)
			return err
		case stored.GetHolder() != c.opts.Holder:
			c.lose(revision, began)
			return nil
		}
		// We wrote it and have not been told so. Others count from when we did, so it
		// says nothing of now.
		if isOurs, err = c.write(ctx, revision); err == nil && !isOurs {
			c.lose(revision, began)
		}
		return err
	})
	return isOurs, err
}

// look reads the claim, nil and 0 for none.
func (c *Claim) look(ctx context.Context) (*sourcev1.Claim, uint64, error) {
	entry, err := c.opts.Bucket().Get(ctx, c.opts.Key)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		c.other = nil
		return nil, 0, nil
	case err != nil:
		return nil, 0, fmt.Errorf("read the claim on %s: %w", c.opts.Key, err)
	}
	stored := &sourcev1.Claim{}
	if proto.Unmarshal(entry.Value(), stored) != nil { // nobody's whom we know
		stored = &sourcev1.Claim{Holder: "unknown"}
	}
	c.other = nil
	if stored.GetHolder() != "" && stored.GetHolder() != c.opts.Holder {
		c.other = stored
	}
	return stored, entry.Revision(), nil
}

// write puts our name there if the claim still stands at the revision, 0 for one
// that is not there, and reports whether it did.
func (c *Claim) write(ctx context.Context, revision uint64) (bool, error) {
	began := time.Now()
	next, isDone, err := c.put(ctx, revision, &sourcev1.Claim{
		Holder: c.opts.Holder, Since: timestamppb.New(began), Instance: c.opts.Instance, Address: c.opts.Address, Epoch: c.epoch.Load(),
	})
	if isDone {
		c.keep(next, began)
	}
	return isDone, err
}

func (c *Claim) put(ctx context.Context, revision uint64, value *sourcev1.Claim) (next uint64, isDone bool, err error) {
	data, err := proto.Marshal(value)
	if err != nil {
		return 0, false, fmt.Errorf("write the claim on %s: %w", c.opts.Key, err)
	}
	if revision == 0 {
		next, err = c.opts.Bucket().Create(ctx, c.opts.Key, data)
	} else {
		next, err = c.opts.Bucket().Update(ctx, c.opts.Key, data, revision)
	}
	switch {
	case errors.Is(err, jetstream.ErrKeyRevisionMismatch), errors.Is(err, jetstream.ErrKeyExists):
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("write the claim on %s: %w", c.opts.Key, err)
	}
	return next, true, nil
}

// keep notes that the claim was ours at the moment.
func (c *Claim) keep(revision uint64, at time.Time) {
	c.revision, c.changed, c.other = revision, at, nil
	c.heldUntil.Store(limitAt(at.Add(c.opts.HeldFor)))
}

func (c *Claim) lose(revision uint64, at time.Time) {
	c.revision, c.changed = revision, at
	c.epoch.Store(0)
	c.heldUntil.Store(nil)
}

// Release gives our claim back, so that the next one need not wait. A claim that
// cannot be given back is stale soon.
func (c *Claim) Release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.opts.ReleaseTime)
	defer cancel()
	c.heldUntil.Store(nil)
	if next, isDone, _ := c.put(ctx, c.revision, &sourcev1.Claim{}); isDone {
		c.revision = next
	}
	c.epoch.Store(0)
}
