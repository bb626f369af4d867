package router_test

import (
	"context"
	"io"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// faulty is a bus on which the process dies at its nth write: from then on
// nothing that it does has an effect any more.
type faulty struct {
	*bus.Bus

	// isLastDone lets the nth write have its effect, of which the process does
	// not hear.
	isLastDone bool
	// refuses decisions, and nothing else.
	refuses atomic.Bool
	refused atomic.Int32
	// storesNothing keeps snapshots away, and nothing else.
	storesNothing atomic.Bool
	// storing counts the snapshots that are being stored; each hangs until hung is
	// closed, where it is set.
	storing atomic.Int64
	hung    chan struct{}
	// huge is the entity whose decisions measure more than any bus takes.
	huge string
	dead chan struct{}

	mu    sync.Mutex
	from  int
	count int
}

func newFaulty(b *bus.Bus) *faulty { return &faulty{Bus: b, dead: make(chan struct{})} }

func (f *faulty) failFrom(n int) { f.from = n }

func (f *faulty) writes() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

func (f *faulty) isDead() bool {
	select {
	case <-f.dead:
		return true
	default:
		return false
	}
}

// write does one write, unless the process is dead.
func (f *faulty) write(do func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	switch {
	case f.from == 0 || f.count < f.from:
		return do()
	case f.count > f.from:
		return errCrashed
	}
	if f.isLastDone {
		_ = do() // nobody is left to hear of it
	}
	close(f.dead)
	return errCrashed
}

func (f *faulty) PublishDecisionAsync(ctx context.Context, d *decisionv1.Decision) (future jetstream.PubAckFuture, err error) {
	if f.refuses.Load() {
		f.refused.Add(1)
		return nil, errCrashed
	}
	err = f.write(func() error {
		future, err = f.Bus.PublishDecisionAsync(ctx, d)
		return err
	})
	return future, err
}

func (f *faulty) Size(m proto.Message) (int, error) {
	if d, ok := m.(*decisionv1.Decision); ok && f.huge != "" && d.GetEntity() == f.huge {
		return 1 << 30, nil
	}
	return f.Bus.Size(m)
}

func (f *faulty) PublishInput(ctx context.Context, id string, in *routerv1.Input, after uint64) (sequence uint64, err error) {
	err = f.write(func() error {
		sequence, err = f.Bus.PublishInput(ctx, id, in, after)
		return err
	})
	return sequence, err
}

func (f *faulty) Rules() jetstream.ObjectStore { return faultyRules{f.Bus.Rules(), f} }

func (f *faulty) PublishAction(ctx context.Context, a *actionv1.Action) error {
	return f.write(func() error { return f.Bus.PublishAction(ctx, a) })
}

func (f *faulty) PublishLease(ctx context.Context, l *actionv1.Lease) error {
	return f.write(func() error { return f.Bus.PublishLease(ctx, l) })
}

func (f *faulty) Ledger() jetstream.KeyValue { return faultyBucket{f.Bus.Ledger(), f} }

func (f *faulty) Leases() jetstream.KeyValue { return faultyBucket{f.Bus.Leases(), f} }

func (f *faulty) Snapshots() jetstream.ObjectStore { return faultyStore{f.Bus.Snapshots(), f} }

type faultyBucket struct {
	jetstream.KeyValue
	bus *faulty
}

func (b faultyBucket) Create(ctx context.Context, key string, value []byte, opts ...jetstream.KVCreateOpt) (revision uint64, err error) {
	err = b.bus.write(func() error {
		revision, err = b.KeyValue.Create(ctx, key, value, opts...)
		return err
	})
	return revision, err
}

func (b faultyBucket) Update(ctx context.Context, key string, value []byte, last uint64) (revision uint64, err error) {
	err = b.bus.write(func() error {
		revision, err = b.KeyValue.Update(ctx, key, value, last)
		return err
	})
	return revision, err
}

type faultyRules struct {
	jetstream.ObjectStore
	bus *faulty
}

func (s faultyRules) PutBytes(ctx context.Context, name string, data []byte) (info *jetstream.ObjectInfo, err error) {
	err = s.bus.write(func() error {
		info, err = s.ObjectStore.PutBytes(ctx, name, data)
		return err
	})
	return info, err
}

type faultyStore struct {
	jetstream.ObjectStore
	bus *faulty
}

func (s faultyStore) Put(ctx context.Context, meta jetstream.ObjectMeta, r io.Reader) (info *jetstream.ObjectInfo, err error) {
	if s.bus.storesNothing.Load() {
		return nil, errCrashed
	}
	s.bus.storing.Add(1)
	if s.bus.hung != nil {
		<-s.bus.hung
	}
	err = s.bus.write(func() error {
		info, err = s.ObjectStore.Put(ctx, meta, r)
		return err
	})
	return info, err
}
