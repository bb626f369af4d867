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
	// routerBar is the share of the bare consumer's rate.
	routerBar   = 0.5
	watchEvery  = 20 * time.Millisecond
	catchUpTime = 2 * time.Minute
)

// rate is how fast events were taken, and what that cost.
type rate struct {
	perSecond   float64
	cpuPerEvent float64 // seconds
}

// round is what one round over the stream showed.
type round struct {
	bare, router rate
	decisions    uint64
}

// measureRouter lets a bare consumer and the router go over the same stream.
func (b *bench) measureRouter(ctx context.Context) ([]row, error) {
	b.say("router over %d events, %d times", b.events, b.rounds)
	rounds := make([]round, 0, b.rounds)
	for range b.rounds {
		r, err := b.routerRound(ctx)
		if err != nil {
			return nil, err
		}
		rounds = append(rounds, r)
		b.say("  bare consumer %s, router %s", rateText(r.bare.perSecond), rateText(r.router.perSecond))
	}
	of := func(figure func(round) float64) float64 {
		figures := make([]float64, len(rounds))
		for i, r := range rounds {
			figures[i] = figure(r)
		}
		return median(figures)
	}
	bare := of(func(r round) float64 { return r.bare.perSecond })
	router := of(func(r round) float64 { return r.router.perSecond })
	// A round's two rates were measured seconds apart, the rounds' minutes.
	reached := of(func(r round) float64 { return r.router.perSecond / r.bare.perSecond })
	bareCPU := of(func(r round) float64 { return r.bare.cpuPerEvent })
	routerCPU := of(func(r round) float64 { return r.router.cpuPerEvent })
	b.say("  a decision for %.1f %% of the events", 100*float64(rounds[0].decisions)/float64(b.events))
	return []row{
		{
			what: "stream → router → decision, 10 rules", floor: rateText(bare), figure: rateText(router),
			ratio: share(reached, 1), bar: "≥ 50 %", isMet: reached >= routerBar,
		},
		{
			what: "processor time of an event", floor: microsText(bareCPU), figure: microsText(routerCPU),
			ratio: times(routerCPU, bareCPU),
		},
	}, nil
}

func (b *bench) routerRound(ctx context.Context) (r round, err error) {
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
	if r.router, err = l.route(ctx, float64(b.events)); err != nil {
		return r, err
	}
	stream, err := l.bus.JetStream().Stream(ctx, bus.StreamDecisions)
	if err != nil {
		return r, fmt.Errorf("count the decisions: %w", err)
	}
	r.decisions = stream.CachedInfo().State.Msgs
	return r, nil
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
	usedBefore, err := process.CPU(os.Getpid())
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
	used, err := process.CPU(os.Getpid())
	return rate{
		perSecond: float64(n) / took.Seconds(), cpuPerEvent: (used - usedBefore).Seconds() / float64(n),
	}, err
}

// progress is how far the router was at a moment.
type progress struct {
	at      time.Time
	decided float64
	cpu     time.Duration
}

// route lets a router catch up with the stream. Its start does not count: the
// rate is that between the first decided events and the last.
func (l *lab) route(ctx context.Context, n float64) (rate, error) {
	ctx, cancel := context.WithTimeout(ctx, catchUpTime)
	defer cancel()
	router, err := l.serve("router", l.partConfig(), tenRules)
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
		cpu, err := process.CPU(router.PID())
		if err != nil {
			return false, "", err
		}
		last = progress{at: time.Now(), decided: decided, cpu: cpu}
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
	return rate{
		perSecond: events / last.at.Sub(first.at).Seconds(), cpuPerEvent: (last.cpu - first.cpu).Seconds() / events,
	}, nil
}
