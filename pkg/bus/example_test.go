package bus_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// A program of your own hears what Signalbox says on a plain NATS
// subscription, from then on; a JetStream consumer of SIGNALBOX_EVENTS reads
// what was said before as well. DecodeEvent reads both encodings and refuses
// what is no event.
func Example() {
	signalbox, err := startExample()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer signalbox.stop()

	nc, err := nats.Connect(signalbox.url) // nats://127.0.0.1:4222 where serve embeds the server
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nc.Close()
	anomalies, err := nc.SubscribeSync("signalbox.event.anomaly.>")
	if err := errors.Join(err, nc.Flush()); err != nil { // the server knows of it after Flush
		fmt.Println(err)
		return
	}

	signalbox.report("shop.spring-sale.conversions")

	msg, err := anomalies.NextMsg(10 * time.Second)
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := bus.DecodeEvent(msg.Header, msg.Data)
	if err != nil {
		fmt.Println(err) // no event: log it and go on
		return
	}
	fmt.Println(msg.Subject)
	fmt.Println(e.GetSource(), e.GetAnomaly().GetMetric(), e.GetAnomaly().GetScore())
	// Output:
	// signalbox.event.anomaly.anomify.anomify-prod.none
	// anomify-prod shop.spring-sale.conversions 1
}

// exampleBox is what Signalbox is to a subscriber: a NATS server on which
// events are published.
type exampleBox struct {
	url    string
	dir    string
	server *busserver.Server
	bus    *bus.Bus
}

func startExample() (*exampleBox, error) {
	dir, err := os.MkdirTemp("", "signalbox-example-")
	if err != nil {
		return nil, err
	}
	logger := slog.New(slog.DiscardHandler)
	server := busserver.New(busserver.Options{Listen: "127.0.0.1:0", StoreDir: dir}, logger)
	x := &exampleBox{dir: dir, server: server, bus: bus.New(bus.Options{Server: server, Name: "example"}, logger)}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := server.Start(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	x.url = server.URL()
	if err := x.bus.Start(ctx); err != nil {
		x.stop()
		return nil, err
	}
	return x, nil
}

// report publishes an anomaly as a poller does.
func (x *exampleBox) report(metric string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if _, err := x.bus.PublishEvents(ctx, []*eventv1.Event{sampleEvent(metric)}); err != nil {
		fmt.Println(err)
	}
}

func (x *exampleBox) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := errors.Join(x.bus.Stop(ctx), x.server.Stop(ctx), os.RemoveAll(x.dir)); err != nil {
		fmt.Println(err)
	}
}
