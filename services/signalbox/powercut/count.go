package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
)

// result is what the power cut cost.
type result struct {
	acked, eventsLost     int // events that were acknowledged; of them, gone
	effects, intentsLost  int // effects that were seen; of them, without a record
	ledgerGone, eventGone bool
}

func (r result) isLoss() bool { return r.eventsLost > 0 || r.intentsLost > 0 }

// String is the result as a line of a table.
func (r result) String() string {
	text := fmt.Sprintf("%d events acknowledged, %d lost; %d effects seen, %d without a record in the ledger",
		r.acked, r.eventsLost, r.effects, r.intentsLost)
	if r.eventGone {
		text += "; the stream of events is gone as a whole"
	}
	if r.ledgerGone {
		text += "; the ledger is gone as a whole"
	}
	return text
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// count reads what is on the disk after the cut.
func count(ctx context.Context, mount string, w *witness) (result, error) {
	server := busserver.New(busserver.Options{StoreDir: filepath.Join(mount, "data", "nats")}, discard())
	if err := server.Start(ctx); err != nil {
		return result{}, err
	}
	defer func() { _ = server.Stop(ctx) }()
	r := result{acked: len(w.acked), effects: len(w.effect)}
	lost := map[string]bool{}
	b := bus.New(bus.Options{Server: server, Name: "powercut", OnLoss: func(part string) { lost[part] = true }}, discard())
	if err := b.Start(ctx); err != nil {
		return result{}, err
	}
	defer func() { _ = b.Stop(ctx) }()
	stored, err := events(ctx, b)
	if err != nil {
		return r, err
	}
	recorded, err := intents(ctx, b)
	if err != nil {
		return r, err
	}
	for _, id := range w.acked {
		if !stored[id] {
			r.eventsLost++
		}
	}
	for id := range w.effect {
		if !recorded[id] {
			r.intentsLost++
		}
	}
	r.eventGone, r.ledgerGone = lost[bus.StreamEvents], lost["KV_"+bus.BucketLedger]
	return r, nil
}

// events returns the ids of the events that are stored.
func events(ctx context.Context, b *bus.Bus) (map[string]bool, error) {
	stream, err := b.JetStream().Stream(ctx, bus.StreamEvents)
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	if stream.CachedInfo().State.Msgs == 0 {
		return ids, nil
	}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, err
	}
	for {
		msg, err := consumer.Next()
		if err != nil {
			return nil, err
		}
		e, err := bus.DecodeEvent(msg.Headers(), msg.Data())
		meta, failure := msg.Metadata()
		if err := errors.Join(err, failure); err != nil {
			return nil, err
		}
		ids[e.GetId()] = true
		if meta.NumPending == 0 {
			return ids, nil
		}
	}
}

// intents returns the events whose action has a record.
func intents(ctx context.Context, b *bus.Bus) (map[string]bool, error) {
	ids := map[string]bool{}
	watcher, err := b.Ledger().WatchAll(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = watcher.Stop() }()
	for entry := range watcher.Updates() {
		if entry == nil {
			break
		}
		a := &actionv1.Action{}
		if err := proto.Unmarshal(entry.Value(), a); err == nil {
			ids[a.GetEventId()] = true
		}
	}
	return ids, nil
}
