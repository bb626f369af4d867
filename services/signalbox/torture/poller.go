package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/inventory"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
)

// How often the account is read, and tried again where the bus is away.
const (
	pollEvery  = time.Minute
	retryEvery = 100 * time.Millisecond
)

// poller tells of the account's alerts as a poller does, without which a router
// waits a few seconds for one. It knows one alert that no story is about: what is
// known of the others is read by the executor. Its owner calls stop.
type poller struct {
	cancel context.CancelFunc
	ended  sync.WaitGroup
}

func (b *box) poll(ctx context.Context) *poller {
	p := &poller{}
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	p.ended.Go(func() {
		for wait := retryEvery; sleep(ctx, wait) == nil; {
			if wait = pollEvery; b.pollOnce(ctx) != nil {
				wait = retryEvery
			}
		}
	})
	return p
}

func (b *box) pollOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, idleTime)
	defer cancel()
	return inventory.Keep(ctx, b.bus.Alerts(), story.SourceAnodot, []*sourcev1.Alert{{Id: "another", Title: "another"}}, time.Now())
}

func (p *poller) stop() {
	p.cancel()
	p.ended.Wait()
}

// whenMade waits until the router has made the streams and claimed to decide.
func (b *box) whenMade(ctx context.Context) error {
	nc, err := nats.Connect(strings.Join(b.direct, ","))
	if err != nil {
		return fmt.Errorf("connect to the bus: %w", err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	return b.until(ctx, "the router to make its streams", func(ctx context.Context) bool {
		ctx, cancel := context.WithTimeout(ctx, idleTime)
		defer cancel()
		cursors, err := js.KeyValue(ctx, bus.BucketCursors)
		if err == nil {
			_, err = cursors.Get(ctx, "_active")
		}
		return err == nil
	})
}
