package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
)

// until waits for something that a story needs to go on. A process that ended by
// itself ends the wait.
func (b *box) until(ctx context.Context, what string, isThere func(context.Context) bool) error {
	for !isThere(ctx) {
		if err := errors.Join(b.check(), sleep(ctx, lookEvery)); err != nil {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
	}
	return nil
}

// saw reports whether the vendor's log has such an effect.
func (b *box) saw(target, verb string) bool {
	for _, e := range b.effects() {
		if e.Target == target && e.Verb == verb && e.Changed {
			return true
		}
	}
	return false
}

// find returns a record of the bucket for which the test holds, nil if there is
// none or it cannot be read now.
func find[M any, P interface {
	*M
	proto.Message
}](ctx context.Context, bucket jetstream.KeyValue, test func(P) bool) P {
	ctx, cancel := context.WithTimeout(ctx, idleTime)
	defer cancel()
	keys, err := bucket.Keys(ctx)
	if err != nil {
		return nil
	}
	for _, key := range keys {
		record := P(new(M))
		entry, err := bucket.Get(ctx, key)
		if err == nil && proto.Unmarshal(entry.Value(), record) == nil && test(record) {
			return record
		}
	}
	return nil
}

// letter returns the id of the dead letter that keeps the action, "" if there is
// none.
func (b *box) letter(ctx context.Context, action string) string {
	ctx, cancel := context.WithTimeout(ctx, idleTime)
	defer cancel()
	dead, err := b.bus.JetStream().Stream(ctx, bus.StreamDead)
	if err != nil {
		return ""
	}
	for sequence := dead.CachedInfo().State.FirstSeq; sequence <= dead.CachedInfo().State.LastSeq && sequence > 0; sequence++ {
		msg, err := dead.GetMsg(ctx, sequence)
		if err != nil || bus.IsRedriveMark(msg.Subject) {
			continue
		}
		kept := &actionv1.Action{}
		err = protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(bus.DeadLetterOf(msg).GetData(), kept)
		if err == nil && kept.GetId() == action {
			return strconv.FormatUint(sequence, 10)
		}
	}
	return ""
}
