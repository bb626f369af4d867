package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/signalbox-io/signalbox/pkg/bus"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

const (
	watchEvery  = 20 * time.Millisecond
	catchUpTime = 2 * time.Minute
)

// rate is how fast events were taken, and what that cost in seconds of an event:
// of the process that took them, and of the server besides.
type rate struct {
	perSecond, cpu, server float64
}

// round is what one round over the stream showed.
type round struct {
	bare, router rate
	decisions    uint64
}

func (b *bench) routerRound(ctx context.Context, rules []byte) (r round, err error) {
	l, err := b.newLab(ctx, "router")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, l.close(ctx)) }()
	if err := l.open(ctx); err != nil {
		return r, err
	}
	if err := fill(ctx, l.bus, b.events); err != nil {
		return r, err
	}
	if r.bare, err = l.consume(ctx, uint64(b.events)); err != nil {
		return r, err
	}
	if r.router, err = l.route(ctx, rules, float64(b.events)); err != nil {
		return r, err
	}
	stream, err := l.bus.JetStream().Stream(ctx, bus.StreamDecisions)
	if err != nil {
		return r, fmt.Errorf("count the decisions: %w", err)
	}
	r.decisions = stream.CachedInfo().State.Msgs
	return r, nil
}

// use is the processor time that two processes have used.
type use struct{ own, server time.Duration }

// used returns what the process and the lab's server have used.
func (l *lab) used(pid int) (u use, err error) {
	if u.own, err = process.CPU(pid); err != nil {
		return u, err
	}
	u.server, err = process.CPU(l.server.PID())
	return u, err
}

// rate returns what events came to between two moments.
func (u use) rate(before use, events float64, took time.Duration) rate {
	return rate{
		perSecond: events / took.Seconds(),
		cpu:       (u.own - before.own).Seconds() / events, server: (u.server - before.server).Seconds() / events,
	}
}

// consume counts n messages with the client's ordered consumer as it is out of
// the box, and does nothing else with them.
func (l *lab) consume(ctx context.Context, n uint64) (rate, error) {
	ctx, cancel := context.WithTimeout(ctx, catchUpTime)
	defer cancel()
	consumer, err := l.bus.JetStream().OrderedConsumer(ctx, bus.StreamEvents, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return rate{}, fmt.Errorf("consume the stream: %w", err)
	}
	var count atomic.Uint64
	done := make(chan struct{})
	before, err := l.used(os.Getpid())
	if err != nil {
		return rate{}, err
	}
	began := time.Now()
	consuming, err := consumer.Consume(func(jetstream.Msg) {
		if count.Add(1) == n {
			close(done)
		}
	})
	if err != nil {
		return rate{}, fmt.Errorf("consume the stream: %w", err)
	}
	defer consuming.Stop()
	select {
	case <-done:
	case <-ctx.Done():
		return rate{}, fmt.Errorf("consume the stream: %d of %d messages: %w", count.Load(), n, ctx.Err())
	}
	took := time.Since(began)
	used, err := l.used(os.Getpid())
	return used.rate(before, float64(n), took), err
}

// progress is how far the router was at a moment.
type progress struct {
	at      time.Time
	decided float64
	used    use
}

// route lets a router catch up with the stream. Its start does not count: the
// rate is that between the first decided events and the last.
func (l *lab) route(ctx context.Context, rules []byte, n float64) (rate, error) {
	ctx, cancel := context.WithTimeout(ctx, catchUpTime)
	defer cancel()
	router, err := l.serve("router", l.partConfig(), rules)
	if err != nil {
		return rate{}, err
	}
	conn, err := grpc.NewClient(l.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return rate{}, fmt.Errorf("dial the router: %w", err)
	}
	defer func() { _ = conn.Close() }()
	client := routerv1.NewRouterServiceClient(conn)
	var first, last progress
	err = process.Until(ctx, watchEvery, "the router to catch up", func(ctx context.Context) (bool, string, error) {
		if err := router.Check(); err != nil {
			return false, "", err
		}
		status, err := client.GetStatus(ctx, &routerv1.GetStatusRequest{})
		if err != nil {
			return false, err.Error(), nil //nolint:nilerr // it may just be starting
		}
		decided := float64(status.GetDecidedSequence())
		used, err := l.used(router.PID())
		if err != nil {
			return false, "", err
		}
		last = progress{at: time.Now(), decided: decided, used: used}
		if first.decided == 0 {
			first = last
		}
		return decided >= n, fmt.Sprintf("%.0f of %.0f events", decided, n), nil
	})
	if err != nil {
		return rate{}, err
	}
	events := last.decided - first.decided
	if events <= 0 {
		return rate{}, fmt.Errorf("the router decided %.0f events between two looks; raise --events", n)
	}
	return last.used.rate(first.used, events, last.at.Sub(first.at)), nil
}
