package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/signalbox-io/signalbox/pkg/bus"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

const (
	// steady is how many pauses are timed, one each steadyEvery.
	steady      = 1_000
	steadyEvery = 10 * time.Millisecond
	// burst is how many are asked for at once to see how many a second there are.
	burst = 2_000
	// manyTime is how long ten thousand pauses may take, also where each is flushed.
	manyTime = 4 * time.Minute
)

// actionCase is one way in which pauses are timed.
type actionCase struct {
	sync   string // nats.embedded.sync
	leases int    // that are live already
	bars   [2]float64
}

func actionCases() []actionCase {
	return []actionCase{
		{sync: "1s", leases: 1, bars: [2]float64{0, 8e-3}},
		{sync: "1s", leases: 100, bars: [2]float64{0, 8e-3}},
		{sync: "1s", leases: 10_000, bars: [2]float64{0, 8e-3}},
		{sync: "always", leases: 1, bars: [2]float64{5e-3, 25e-3}},
		{sync: "always", leases: 100, bars: [2]float64{5e-3, 25e-3}},
		{sync: "always", leases: 10_000, bars: [2]float64{5e-3, 25e-3}},
	}
}

// measureActions measures from the moment before an event is published to the
// moment at which a vendor nearby is told to pause the alert.
func (b *bench) measureActions(ctx context.Context) ([]row, error) {
	var rows []row
	for _, c := range actionCases() {
		b.say("pauses at 100 events/s, sync %s, %d live leases", c.sync, c.leases)
		floor, err := b.paced(ctx, c, (*lab).floorOfActions)
		if err != nil {
			return nil, fmt.Errorf("measure the floor: %w", err)
		}
		figure, err := b.paced(ctx, c, (*lab).routerOfActions)
		if err != nil {
			return nil, err
		}
		rows = append(rows, c.rows(floor, figure)...)
	}
	return rows, nil
}

// timings are what one experiment gives.
type timings struct {
	seconds []float64
	rate    float64 // actions a second in a burst
}

func (c actionCase) rows(floor, figure timings) []row {
	var rows []row
	for i, percent := range []float64{50, 99} {
		f, g := percentile(floor.seconds, percent), percentile(figure.seconds, percent)
		r := row{
			what:  fmt.Sprintf("event → effect, sync %s, %d leases, p%.0f", c.sync, c.leases, percent),
			floor: millisText(f), figure: millisText(g), ratio: times(g, f),
		}
		if bar := c.bars[i]; bar > 0 {
			r.bar, r.isMet = "< "+millisText(bar), g < bar
		}
		rows = append(rows, r)
	}
	return append(rows, row{
		what:  fmt.Sprintf("actions of a burst, sync %s, %d leases", c.sync, c.leases),
		floor: rateText(floor.rate), figure: rateText(figure.rate), ratio: share(figure.rate, floor.rate),
	})
}

// pauser starts what pauses, and returns what stops it.
type pauser func(*lab, context.Context, actionCase, *pausing) (stop func() error, err error)

// paced has alerts paused: those of the leases, one each ten milliseconds, then a
// burst.
func (b *bench) paced(ctx context.Context, c actionCase, start pauser) (t timings, err error) {
	l, err := b.newLab(ctx, "action")
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, l.close(ctx)) }()
	vendor, err := startPausing(ctx, nil)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, vendor.close()) }()
	stop, err := start(l, ctx, c, vendor)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if _, err := l.dislikeAll(ctx, vendor, namedAlerts("live", c.leases)); err != nil {
		return t, err
	}
	if err := l.settled(ctx, c.leases); err != nil {
		return t, err
	}
	if t.seconds, err = l.dislikeSteadily(ctx, vendor); err != nil {
		return t, err
	}
	took, err := l.dislikeAll(ctx, vendor, namedAlerts("burst", burst))
	t.rate = burst / took.Seconds()
	return t, err
}

// namedAlerts returns the ids of n alerts.
func namedAlerts(name string, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = name + "-" + strconv.Itoa(i)
	}
	return ids
}

// dislikeAll publishes a verdict on each alert at once and returns how long it takes
// until all of them are paused.
func (l *lab) dislikeAll(ctx context.Context, vendor *pausing, ids []string) (time.Duration, error) {
	before, began := vendor.count(), time.Now()
	events := make([]*eventv1.Event, len(ids))
	for i, id := range ids {
		events[i] = dislike(id, began)
	}
	if _, err := l.bus.PublishEvents(ctx, events); err != nil {
		return 0, err
	}
	err := vendor.await(ctx, before+len(ids))
	return time.Since(began), err
}

// settled waits until the router has written down the pauses that were made, which
// it does after the vendor has heard of them. The floor writes nothing down.
func (l *lab) settled(ctx context.Context, n int) error {
	if l.server != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, manyTime)
	defer cancel()
	return process.Until(ctx, 100*time.Millisecond, "the leases", func(ctx context.Context) (bool, string, error) {
		leases, err := l.metric(ctx, "signalbox_router_active_leases")
		return leases >= float64(n), fmt.Sprintf("%.0f of %d", leases, n), err
	})
}

// dislikeSteadily publishes one verdict after the other and returns how long each
// took until its alert was paused.
func (l *lab) dislikeSteadily(ctx context.Context, vendor *pausing) ([]float64, error) {
	before, published := vendor.count(), map[string]time.Time{}
	ticker := time.NewTicker(steadyEvery)
	defer ticker.Stop()
	for i := range steady {
		id := "steady-" + strconv.Itoa(i)
		published[id] = time.Now()
		if _, err := l.bus.PublishEvents(ctx, []*eventv1.Event{dislike(id, published[id])}); err != nil {
			return nil, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err := vendor.await(ctx, before+steady); err != nil {
		return nil, err
	}
	seconds := make([]float64, 0, steady)
	for id, at := range published {
		paused, _ := vendor.when(id)
		seconds = append(seconds, paused.Sub(at).Seconds())
	}
	return seconds, nil
}

// await waits until n alerts are paused.
func (p *pausing) await(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, manyTime)
	defer cancel()
	return process.Until(ctx, readyEvery, "the pauses", func(context.Context) (bool, string, error) {
		count := p.count()
		return count >= n, fmt.Sprintf("%d of %d", count, n), nil
	})
}

// routerOfActions runs the router with the embedded server.
func (l *lab) routerOfActions(ctx context.Context, c actionCase, vendor *pausing) (func() error, error) {
	p, err := l.serve("router", l.actionConfig(c.sync, vendor.addr, time.Hour), pauseRules)
	if err != nil {
		return nil, err
	}
	if err := p.AwaitOK(ctx, readyEvery, l.readyz()); err != nil {
		return nil, err
	}
	return nothing, l.connect(ctx)
}

// floorOfActions runs a bare server and a plain consumer.
func (l *lab) floorOfActions(ctx context.Context, c actionCase, vendor *pausing) (func() error, error) {
	l.floorSync = c.sync
	if err := l.open(ctx); err != nil {
		return nil, err
	}
	return vendor.forward(ctx, l.bus)
}

func nothing() error { return nil }

func (l *lab) actionConfig(sync, adapter string, compareEvery time.Duration) string {
	return fmt.Sprintf(`data_dir: ./data
nats: {embedded: {listen: %q, sync: %s}}
grpc: {listen: %q}
http: {listen: %q}
log: {level: warn}
rules: [rules.yaml]
leases: {reconcile_every: %s}
safety: {max_paused_alerts: "1000000", max_actions_per_hour: 1000000}
sources:
  - name: anodot-prod
    anodot: {base_url: "http://127.0.0.1:1", refresh_token: {value: x}}
    adapter: %s
`, l.nats, sync, l.grpc, l.http, compareEvery, adapter)
}

// consume calls f with the alert of each event that comes from here on.
func consume(ctx context.Context, from *bus.Bus, f func(alertID string)) (jetstream.ConsumeContext, error) {
	consumer, err := from.JetStream().OrderedConsumer(ctx, bus.StreamEvents, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, fmt.Errorf("consume the stream: %w", err)
	}
	return consumer.Consume(func(msg jetstream.Msg) {
		if e, err := bus.DecodeEvent(msg.Headers(), msg.Data()); err == nil {
			f(e.GetFeedback().GetAlertId())
		}
	})
}

func insecureCredentials() credentials.TransportCredentials { return insecure.NewCredentials() }
