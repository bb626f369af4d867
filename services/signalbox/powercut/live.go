package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/signalbox/process"
	"github.com/signalbox-io/signalbox/services/signalbox/process/disk"
)

// rules have an effect for each event, so that each has a record in the ledger
// before anybody hears of it.
const rules = `rules:
  - name: tell
    mode: auto
    on: [traffic]
    key: [event.id]
    do:
      - publish: {subject: "told.${event.id}", fields: {event: "${event.id}"}}
`

const settings = `data_dir: %s
nats: {embedded: {listen: %s, sync: %s}}
grpc: {listen: 127.0.0.1:0}
http: {listen: 127.0.0.1:0}
rules: [rules.yaml]
safety: {max_actions_per_hour: 1000000}
sources: []
`

// startLimit is how long the process may take to serve the bus.
const startLimit = 30 * time.Second

// witness is what had happened, as others saw it, when the power went.
type witness struct {
	mu     sync.Mutex
	acked  []string        // ids of events that were acknowledged
	effect map[string]bool // ids of events whose effect was seen
}

// live runs the process until the power is cut, and leaves the disk unmounted.
func (o options) live(ctx context.Context, binary, dir string, d *disk.Disk) (*witness, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "signalbox.yaml")
	text := fmt.Sprintf(settings, filepath.Join(d.Mount, "data"), address, o.sync)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte(rules), 0o600); err != nil {
		return nil, err
	}
	p, err := process.Start(dir, "signalbox", binary, "serve", "--config", config, "--target=router")
	if err != nil {
		return nil, err
	}
	w, err := o.underLoad(ctx, "nats://"+address, p, d)
	if failure := p.Kill(); failure != nil {
		return nil, failure
	}
	if err != nil {
		return nil, fmt.Errorf("%w; the log of the process ends with\n%s", err, p.LogTail())
	}
	return w, d.Detach(ctx)
}

// underLoad publishes events for the time that is asked for, then cuts the disk off.
func (o options) underLoad(ctx context.Context, url string, p *process.Process, d *disk.Disk) (*witness, error) {
	nc, err := nats.Connect(url, nats.RetryOnFailedConnect(true), nats.MaxReconnects(100))
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	b := bus.New(bus.Options{URL: url, Name: "powercut"}, discard())
	starting, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := b.Start(starting); err != nil {
		return nil, err
	}
	defer func() { _ = b.Stop(ctx) }()
	w := &witness{effect: map[string]bool{}}
	if _, err := nc.Subscribe("signalbox.notify.told.*", w.hear); err != nil {
		return nil, err
	}
	if err := wait(ctx, o.before); err != nil {
		return nil, err
	}
	publishing, stop := context.WithCancel(ctx)
	var workers sync.WaitGroup
	for n := range o.workers {
		workers.Go(func() { w.publish(publishing, b, n) })
	}
	err = wait(ctx, o.load)
	if cut := d.Cut(); cut != nil {
		err = cut
	}
	stop()
	workers.Wait()
	if gone := p.Check(); err == nil && gone != nil && len(w.acked) == 0 {
		err = gone
	}
	return w, err
}

func (w *witness) hear(msg *nats.Msg) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effect[msg.Subject[len("signalbox.notify.told."):]] = true
}

// publish publishes one event after the other until ctx ends or the bus fails.
func (w *witness) publish(ctx context.Context, b *bus.Bus, worker int) {
	for n := 0; ctx.Err() == nil; n++ {
		e := newEvent(fmt.Sprintf("%d/%d", worker, n))
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		_, err := b.PublishEvents(attempt, []*eventv1.Event{e})
		cancel()
		if err != nil {
			return
		}
		w.mu.Lock()
		w.acked = append(w.acked, e.GetId())
		w.mu.Unlock()
	}
}

func newEvent(nativeID string) *eventv1.Event {
	now := timestamppb.Now()
	return &eventv1.Event{
		Id: event.ID("cut", nativeID, ""), Source: "cut", Vendor: eventv1.Vendor_VENDOR_ANALYTICS, NativeId: nativeID,
		OccurredAt: now, ObservedAt: now, Entity: "site:1",
		Payload: &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{Measures: map[string]float64{"visitors": 1}}},
	}
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
