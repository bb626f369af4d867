package router

import (
	"context"
	"log/slog"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/durable"
	"github.com/signalbox-io/signalbox/services/router/lease"
)

// takeUp brings back what former processes left: leases, and actions that are open.
func (r *Router) takeUp(ctx context.Context) error {
	if err := r.rebuild(ctx); err != nil {
		return err
	}
	if err := r.readStop(ctx); err != nil {
		return err
	}
	if err := r.leases.Load(ctx); err != nil {
		return err
	}
	return r.executor.Recover(ctx)
}

// rebuild brings back leases and actions whose buckets were lost or damaged, from
// the stream that has every state of theirs. Without it an alert whose lease is
// lost would stay paused for ever.
func (r *Router) rebuild(ctx context.Context) error {
	stream, err := findStream(ctx, r.opts.Bus.JetStream(), bus.StreamActions)
	if err != nil {
		return err
	}
	leases := durable.Restorer{
		Bucket: r.opts.Bus.Leases(), Stream: stream, Subject: bus.AllLeases,
		IsIntact: isLease, Record: leaseRecord, Discarded: r.metrics.discarded, Logger: r.opts.Logger,
	}
	actions := durable.Restorer{
		Bucket: r.opts.Bus.Ledger(), Stream: stream, Subject: bus.AllActions,
		IsIntact: isAction, Record: actionRecord, Discarded: r.metrics.discarded, Logger: r.opts.Logger,
	}
	if err := r.restoreBucket(ctx, bus.BucketLeases, leases); err != nil {
		return err
	}
	return r.restoreBucket(ctx, bus.BucketLedger, actions)
}

func (r *Router) restoreBucket(ctx context.Context, name string, restorer durable.Restorer) error {
	done, err := restorer.Restore(ctx)
	if done.Records > 0 {
		r.opts.Logger.WarnContext(ctx, "lost or damaged records have been restored from the stream of actions",
			slog.String("bucket", name), slog.Int("records", done.Records), slog.Bool("all", done.All))
	}
	for _, key := range done.Lost {
		r.opts.Logger.ErrorContext(ctx, "a damaged record cannot be restored: no message tells of it any more",
			slog.String("bucket", name), slog.String("key", key))
	}
	return err
}

func leaseRecord(header nats.Header, data []byte) (string, []byte, error) {
	l, err := bus.DecodeLease(header, data)
	if err != nil {
		return "", nil, err
	}
	value, err := proto.MarshalOptions{Deterministic: true}.Marshal(l)
	return lease.BucketKey(lease.KeyOf(l)), value, err
}

func actionRecord(header nats.Header, data []byte) (string, []byte, error) {
	a, err := bus.DecodeAction(header, data)
	if err != nil {
		return "", nil, err
	}
	value, err := proto.MarshalOptions{Deterministic: true}.Marshal(a)
	return a.GetId(), value, err
}

func isLease(key string, value []byte) bool {
	l := &actionv1.Lease{}
	return proto.Unmarshal(value, l) == nil && lease.BucketKey(lease.KeyOf(l)) == key
}

func isAction(key string, value []byte) bool {
	a := &actionv1.Action{}
	return proto.Unmarshal(value, a) == nil && a.GetId() == key
}
