package router

import (
	"context"
	"errors"
	"io"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	deadv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/dead/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
)

// errNotHeld keeps a router from writing and calling that cannot know whether it
// still decides. To those who write it is a bus that is away.
var errNotHeld = errors.New("another router may decide by now; nothing is written before it is certain that none does")

// fence is shut while another router may decide.
type fence func() bool

func (f fence) check() error {
	if f() {
		return nil
	}
	return errNotHeld
}

// fencedBus is a bus on which nothing can be written while the fence is shut.
// Reading goes on.
type fencedBus struct {
	Bus
	fence fence
}

func (b fencedBus) PublishInput(ctx context.Context, id string, in *routerv1.Input, after uint64) (uint64, error) {
	if err := b.fence.check(); err != nil {
		return 0, err
	}
	return b.Bus.PublishInput(ctx, id, in, after)
}

func (b fencedBus) PublishDecisionAsync(ctx context.Context, d *decisionv1.Decision) (jetstream.PubAckFuture, error) {
	if err := b.fence.check(); err != nil {
		return nil, err
	}
	return b.Bus.PublishDecisionAsync(ctx, d)
}

func (b fencedBus) PublishAction(ctx context.Context, a *actionv1.Action) error {
	if err := b.fence.check(); err != nil {
		return err
	}
	return b.Bus.PublishAction(ctx, a)
}

func (b fencedBus) PublishLease(ctx context.Context, l *actionv1.Lease) error {
	if err := b.fence.check(); err != nil {
		return err
	}
	return b.Bus.PublishLease(ctx, l)
}

func (b fencedBus) PublishNotification(ctx context.Context, subject string, a *actionv1.Action) error {
	if err := b.fence.check(); err != nil {
		return err
	}
	return b.Bus.PublishNotification(ctx, subject, a)
}

func (b fencedBus) PublishDead(ctx context.Context, letter bus.DeadLetter) error {
	if err := b.fence.check(); err != nil {
		return err
	}
	return b.Bus.PublishDead(ctx, letter)
}

func (b fencedBus) MarkRedriven(ctx context.Context, id string, mark *deadv1.Redrive) error {
	if err := b.fence.check(); err != nil {
		return err
	}
	return b.Bus.MarkRedriven(ctx, id, mark)
}

func (b fencedBus) RepublishEvent(ctx context.Context, e *eventv1.Event, deadID string) error {
	if err := b.fence.check(); err != nil {
		return err
	}
	return b.Bus.RepublishEvent(ctx, e, deadID)
}

func (b fencedBus) Ledger() jetstream.KeyValue { return fencedBucket{b.Bus.Ledger(), b.fence} }

func (b fencedBus) Leases() jetstream.KeyValue { return fencedBucket{b.Bus.Leases(), b.fence} }

func (b fencedBus) Cursors() jetstream.KeyValue { return fencedBucket{b.Bus.Cursors(), b.fence} }

func (b fencedBus) Snapshots() jetstream.ObjectStore { return fencedStore{b.Bus.Snapshots(), b.fence} }

func (b fencedBus) Rules() jetstream.ObjectStore {
	if store := b.Bus.Rules(); store != nil {
		return fencedStore{store, b.fence}
	}
	return nil // the bus is not started
}

// fencedBucket fences what the router writes into buckets.
type fencedBucket struct {
	jetstream.KeyValue
	fence fence
}

func (b fencedBucket) Create(ctx context.Context, key string, value []byte, opts ...jetstream.KVCreateOpt) (uint64, error) {
	if err := b.fence.check(); err != nil {
		return 0, err
	}
	return b.KeyValue.Create(ctx, key, value, opts...)
}

func (b fencedBucket) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if err := b.fence.check(); err != nil {
		return 0, err
	}
	return b.KeyValue.Update(ctx, key, value, revision)
}

func (b fencedBucket) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	if err := b.fence.check(); err != nil {
		return 0, err
	}
	return b.KeyValue.Put(ctx, key, value)
}

func (b fencedBucket) PutString(ctx context.Context, key, value string) (uint64, error) {
	return b.Put(ctx, key, []byte(value))
}

func (b fencedBucket) Delete(ctx context.Context, key string, opts ...jetstream.KVDeleteOpt) error {
	if err := b.fence.check(); err != nil {
		return err
	}
	return b.KeyValue.Delete(ctx, key, opts...)
}

func (b fencedBucket) Purge(ctx context.Context, key string, opts ...jetstream.KVDeleteOpt) error {
	if err := b.fence.check(); err != nil {
		return err
	}
	return b.KeyValue.Purge(ctx, key, opts...)
}

// fencedStore fences what the router writes into object stores.
type fencedStore struct {
	jetstream.ObjectStore
	fence fence
}

func (s fencedStore) Put(ctx context.Context, meta jetstream.ObjectMeta, r io.Reader) (*jetstream.ObjectInfo, error) {
	if err := s.fence.check(); err != nil {
		return nil, err
	}
	return s.ObjectStore.Put(ctx, meta, r)
}

func (s fencedStore) PutBytes(ctx context.Context, name string, data []byte) (*jetstream.ObjectInfo, error) {
	if err := s.fence.check(); err != nil {
		return nil, err
	}
	return s.ObjectStore.PutBytes(ctx, name, data)
}

func (s fencedStore) Delete(ctx context.Context, name string) error {
	if err := s.fence.check(); err != nil {
		return err
	}
	return s.ObjectStore.Delete(ctx, name)
}

// fencedDialer calls no adapter while the fence is shut.
type fencedDialer struct {
	action.Dialer
	fence fence
}

func (d fencedDialer) Conn(addr string) (*grpc.ClientConn, error) {
	if err := d.fence.check(); err != nil {
		return nil, err
	}
	return d.Dialer.Conn(addr)
}
