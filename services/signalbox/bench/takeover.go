package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/signalbox-io/signalbox/pkg/bus"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

//go:embed rules/takeover.yaml
var takeOverRules []byte

const (
	// keptKeys is for how many keys the routers keep state.
	keptKeys = 1_000_000
	// takeOvers is how often the router that decides is killed, and how often it is
	// stopped in order.
	takeOvers     = 3
	takeOverBar   = 5 * time.Second
	takeOverReady = 5 * time.Minute
	takeOverTime  = time.Minute
)

// measureTakeOver kills the router that decides, with much state to remember, and
// takes the time until an event that is published at that moment is decided by the
// other one; then it stops it in order.
func (b *bench) measureTakeOver(ctx context.Context) (rows []row, err error) {
	b.say("taking over with %d keys of state", keptKeys)
	l, err := b.newLab(ctx, "take-over")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.close(ctx)) }()
	if err := l.open(ctx); err != nil {
		return nil, err
	}
	if err := l.fillKeys(ctx); err != nil {
		return nil, err
	}
	pair, err := l.newPair(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, pair.close(ctx)) }()
	killed, err := pair.takeOvers(ctx, (*process.Process).Kill)
	if err != nil {
		return nil, err
	}
	stopped, err := pair.takeOvers(ctx, func(p *process.Process) error { return p.Stop(ctx) })
	if err != nil {
		return nil, err
	}
	worst := slices.Max(killed)
	return []row{
		{
			what: "take-over with 1 M keys after kill -9, worst of " + strconv.Itoa(takeOvers), figure: millisText(worst),
			bar: "< 5 s", isMet: worst < takeOverBar.Seconds(),
		},
		{what: "take-over with 1 M keys after an orderly stop, worst of " + strconv.Itoa(takeOvers), figure: millisText(slices.Max(stopped))},
	}, nil
}

// fillKeys publishes one anomaly for each key.
func (l *lab) fillKeys(ctx context.Context) error {
	now := time.Now()
	for from := 0; from < keptKeys; from += publishChunk {
		events := make([]*eventv1.Event, publishChunk)
		for i := range events {
			e := anomaly(from+i, keptKeys, now)
			e.Entity, e.Raw = "metric:"+strconv.Itoa(from+i), ""
			events[i] = e
		}
		if _, err := l.bus.PublishEvents(ctx, events); err != nil {
			return fmt.Errorf("fill the stream: %w", err)
		}
	}
	return nil
}

// pair are two routers on the bus of a lab, of which one decides.
type pair struct {
	lab     *lab
	routers [2]*lab
	probes  int
}

func (l *lab) newPair(ctx context.Context) (*pair, error) {
	p := &pair{lab: l}
	for i := range p.routers {
		each, err := l.bench.newLab(ctx, "router-"+strconv.Itoa(i))
		if err != nil {
			return nil, errors.Join(err, p.close(ctx))
		}
		each.nats, p.routers[i] = l.nats, each
		if err := p.start(ctx, i); err != nil {
			return nil, errors.Join(err, p.close(ctx))
		}
	}
	return p, nil
}

func (p *pair) close(ctx context.Context) error {
	var faults []error
	for _, l := range p.routers {
		if l != nil {
			faults = append(faults, l.close(ctx))
		}
	}
	return errors.Join(faults...)
}

// start starts a router and waits until it has decided or followed everything.
func (p *pair) start(ctx context.Context, i int) error {
	ctx, cancel := context.WithTimeout(ctx, takeOverReady)
	defer cancel()
	l := p.routers[i]
	router, err := l.serve("router", l.partConfig(), takeOverRules)
	if err != nil {
		return err
	}
	stream, err := p.lab.bus.JetStream().Stream(ctx, bus.StreamEvents)
	if err != nil {
		return fmt.Errorf("find %s: %w", bus.StreamEvents, err)
	}
	last := stream.CachedInfo().State.LastSeq
	return process.Until(ctx, watchEvery*10, "a router to know everything", func(ctx context.Context) (bool, string, error) {
		if err := router.Check(); err != nil {
			return false, "", err
		}
		status, err := l.status(ctx)
		if err != nil {
			return false, err.Error(), nil //nolint:nilerr // it may just be starting
		}
		return status.GetReplica().GetFollowedSequence() >= last,
			fmt.Sprintf("%d of %d events", status.GetReplica().GetFollowedSequence(), last), nil
	})
}

// status returns how far the lab's router is.
func (l *lab) status(ctx context.Context) (*routerv1.GetStatusResponse, error) {
	conn, err := grpc.NewClient(l.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("dial the router: %w", err)
	}
	defer func() { _ = conn.Close() }()
	return routerv1.NewRouterServiceClient(conn).GetStatus(ctx, &routerv1.GetStatusRequest{})
}

// takeOvers ends the router that decides, again and again, and returns the seconds
// until the other one decided.
func (p *pair) takeOvers(ctx context.Context, end func(*process.Process) error) (seconds []float64, err error) {
	for range takeOvers {
		i, err := p.active(ctx)
		if err != nil {
			return nil, err
		}
		running := p.routers[i].running
		began := time.Now()
		if err := end(running[len(running)-1]); err != nil {
			return nil, err
		}
		if err := p.decideOne(ctx); err != nil {
			return nil, err
		}
		seconds = append(seconds, time.Since(began).Seconds())
		if err := p.start(ctx, i); err != nil {
			return nil, err
		}
	}
	return seconds, nil
}

// active returns which of the two decides.
func (p *pair) active(ctx context.Context) (which int, err error) {
	for i, l := range p.routers {
		if which, err := l.metric(ctx, "signalbox_router_active"); err == nil && which == 1 {
			return i, nil
		}
	}
	return 0, errors.New("none of the two routers decides")
}

// decideOne publishes an event and waits for the decision about it.
func (p *pair) decideOne(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, takeOverTime)
	defer cancel()
	js := p.lab.bus.JetStream()
	consumer, err := js.OrderedConsumer(ctx, bus.StreamDecisions, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverNewPolicy})
	if err != nil {
		return fmt.Errorf("wait for a decision: %w", err)
	}
	decided := make(chan struct{}, 1)
	consuming, err := consumer.Consume(func(jetstream.Msg) {
		select {
		case decided <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return fmt.Errorf("wait for a decision: %w", err)
	}
	defer consuming.Stop()
	p.probes++
	if _, err := p.lab.bus.PublishEvents(ctx, []*eventv1.Event{dislike("probe-"+strconv.Itoa(p.probes), time.Now())}); err != nil {
		return err
	}
	select {
	case <-decided:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a decision: %w; see %s", ctx.Err(), filepath.Join(p.routers[0].dir, "serve.log"))
	}
}
