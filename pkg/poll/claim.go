package poll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

const (
	// renewEvery is how often the holder of a claim says that it lives.
	renewEvery = 2 * time.Second
	// staleAfter is how long a claim must not have changed, by the watch of the
	// one who looks at it, to be taken over. Clocks need not agree.
	staleAfter = 6 * time.Second
	// lookEvery is how often one who stands by looks.
	lookEvery = time.Second
	// releaseTime is how long giving a claim back may take.
	releaseTime = time.Second
)

// claim is the right to poll a source, which one process has at a time. Two
// that poll for a moment do no harm: the cursor moves by compare-and-set, and
// what both read has the same ids. The claim spares the vendor's budget.
type claim struct {
	bus     Bus
	source  string
	holder  string
	attempt func(ctx context.Context, do func(context.Context) error) error

	// revision is what the claim stands at, by our own hand or another's, 0 for
	// one that is not there; changed is when it was first seen there.
	revision uint64
	changed  time.Time
}

// take takes the claim where it is free, and reports whether it is ours. An
// error is a bus that is away.
func (c *claim) take(ctx context.Context) (isOurs bool, err error) {
	err = c.attempt(ctx, func(ctx context.Context) error {
		entry, err := c.bus.Pollers().Get(ctx, c.source)
		switch {
		case errors.Is(err, jetstream.ErrKeyNotFound):
			isOurs, err = c.write(ctx, 0)
			return err
		case err != nil:
			return fmt.Errorf("read the claim on %s: %w", c.source, err)
		case c.isOurs(entry):
			isOurs = true
			return nil
		case entry.Revision() != c.revision:
			c.revision, c.changed = entry.Revision(), time.Now()
			return nil
		case time.Since(c.changed) < staleAfter:
			return nil
		default:
			isOurs, err = c.write(ctx, c.revision)
			return err
		}
	})
	return isOurs, err
}

// renew says that we live, and reports false where the claim is another's.
func (c *claim) renew(ctx context.Context) (isOurs bool, err error) {
	err = c.attempt(ctx, func(ctx context.Context) error {
		if isOurs, err = c.write(ctx, c.revision); isOurs || err != nil {
			return err
		}
		entry, err := c.bus.Pollers().Get(ctx, c.source)
		switch {
		case errors.Is(err, jetstream.ErrKeyNotFound):
			isOurs, err = c.write(ctx, 0) // the server was away and has forgotten
		case err == nil:
			isOurs = c.isOurs(entry)
		}
		return err
	})
	return isOurs, err
}

// isOurs reports whether the claim has our name: we wrote it, and have not been
// told so. It goes on from there then.
func (c *claim) isOurs(entry jetstream.KeyValueEntry) bool {
	var stored sourcev1.Claim
	if proto.Unmarshal(entry.Value(), &stored) != nil || stored.GetHolder() != c.holder {
		return false
	}
	c.revision, c.changed = entry.Revision(), time.Now()
	return true
}

// write puts our name there if the claim still stands at the revision, 0 for
// one that is not there, and reports whether it did.
func (c *claim) write(ctx context.Context, revision uint64) (bool, error) {
	data, err := proto.Marshal(&sourcev1.Claim{Holder: c.holder, Since: timestamppb.Now()})
	if err != nil {
		return false, fmt.Errorf("write the claim on %s: %w", c.source, err)
	}
	var next uint64
	if revision == 0 {
		next, err = c.bus.Pollers().Create(ctx, c.source, data)
	} else {
		next, err = c.bus.Pollers().Update(ctx, c.source, data, revision)
	}
	switch {
	case errors.Is(err, jetstream.ErrKeyRevisionMismatch), errors.Is(err, jetstream.ErrKeyExists):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("write the claim on %s: %w", c.source, err)
	}
	c.revision, c.changed = next, time.Now()
	return true, nil
}

// release gives our claim back, so that the next one need not wait. A claim
// that cannot be given back is stale soon.
func (c *claim) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	_ = c.bus.Pollers().Delete(ctx, c.source, jetstream.LastRevision(c.revision))
	c.revision = 0
}
