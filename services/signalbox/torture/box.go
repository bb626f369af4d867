package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/vendor"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/anomify"
	"github.com/signalbox-io/signalbox/services/simulator/record"
)

// setup is what a box is made of.
type setup struct {
	binary string
	ports  *ports
	leases story.Leases
	// alerts and streams exist at Anodot, foreign alerts are paused by somebody else,
	// and never ones have a title that is never touched.
	alerts, foreign, never, streams []string
	// hasOthers puts an anomaly and a pattern at Anomify.
	hasOthers bool
	// reconcile is the time between comparisons of the leases.
	reconcile time.Duration
	replicas  int
	// call is asked about each call of a vendor.
	call func(vendor.Call) vendor.Cut
}

// box is a router, the adapters, the vendors, and what the harness knows of them.
// Its owner closes it.
type box struct {
	setup
	dir              string
	grace            time.Duration // what an effect may take
	nats, direct     []string      // where the router finds the bus, and the harness
	routerAddress    string        // of its gRPC
	dialer           *rpc.Dialer
	vendors          *vendor.Front
	router, adapters *part
	dues             *story.Dues
	bus              *bus.Bus
	heard            *listener
	polling          *poller
	began            time.Time
	published        int // events, of a scene
	excuses          excuses
	wrongs           wrongs
	hasty            atomic.Int64 // answers that an active lease is none
	slowest          slowest
}

// victim is whom a cut kills.
type victim string

const (
	victimRouter   victim = "router"
	victimAdapters victim = "adapters"
)

func (b *box) kill(v victim) {
	if v == victimRouter {
		b.router.kill()
	} else {
		b.adapters.kill()
	}
}

// newBox starts the vendors; killed is called by a cut at a vendor. It has no
// processes before prepare.
func newBox(ctx context.Context, s setup, killed func(*box)) (*box, error) {
	dir, err := os.MkdirTemp("", "signalbox-torture-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for a case: %w", err)
	}
	b := &box{
		setup: s, dir: dir, dues: story.NewDues(s.leases, s.foreign...),
		dialer: rpc.NewDialer(slog.New(slog.DiscardHandler)),
	}
	if s.call == nil {
		s.call = func(vendor.Call) vendor.Cut { return vendor.Pass }
	}
	if b.vendors, err = vendor.NewFront(ctx, s.call, func() { killed(b) }); err != nil {
		return nil, err
	}
	b.populate()
	return b, nil
}

func (b *box) populate() {
	for _, id := range append(append([]string{}, b.alerts...), b.foreign...) {
		b.vendors.Simulator.Anodot.AddAlert(anodot.Alert{ID: id, Configuration: anodot.Configuration{Title: "alert " + id}})
	}
	for _, id := range b.never {
		b.vendors.Simulator.Anodot.AddAlert(anodot.Alert{ID: id, Configuration: anodot.Configuration{Title: neverTitle + id}})
	}
	if b.hasOthers {
		b.vendors.Simulator.Anomify.AddAnomaly(anomify.Anomaly{ID: 9, Metric: story.Watched})
		b.vendors.Simulator.Anomify.AddPattern(anomify.Pattern{ID: 7, Label: "old", Enabled: true})
	}
	for _, id := range b.streams {
		b.vendors.Simulator.Anodot.AddDataStream(stream(id))
	}
	for _, id := range b.foreign {
		b.vendors.Simulator.Anodot.PauseByHand(id, "somebody")
	}
}

// prepare makes the processes, which are not started. The router finds the bus at
// nats, the harness at direct.
func (b *box) prepare(ctx context.Context, nats, direct []string) error {
	b.nats, b.direct = nats, direct
	var at [4]string
	for i := range at {
		var err error
		if at[i], err = b.ports.free(ctx); err != nil {
			return err
		}
	}
	config := func(grpc, http, adapter string) string {
		return configFile(configValues{
			nats: b.nats, replicas: b.replicas, grpc: grpc, http: http, vendors: b.vendors.Addr(),
			reconcile: b.reconcile, adapter: adapter,
		})
	}
	var err error
	b.adapters, err = newPart(b.dir, string(victimAdapters), b.binary, "adapter-anodot,adapter-anomify",
		config(at[0], at[1], ""), "http://"+at[1]+"/healthz")
	if err != nil {
		return err
	}
	b.routerAddress = at[2]
	b.router, err = newPart(b.dir, string(victimRouter), b.binary, "router", config(at[2], at[3], at[0]), "http://"+at[3]+"/readyz")
	if err != nil {
		return err
	}
	for _, p := range []*part{b.adapters, b.router} { // who does not decide reads the rules too
		if err := os.WriteFile(filepath.Join(p.dir, "rules.yaml"), []byte(b.leases.Rules()), 0o600); err != nil {
			return fmt.Errorf("write the rules: %w", err)
		}
	}
	return nil
}

// open starts the processes, and waits until they can work. The harness connects
// when the router has made the streams.
func (b *box) open(ctx context.Context) error {
	b.adapters.start(ctx)
	if err := b.await(ctx, b.adapters); err != nil {
		return err
	}
	b.router.start(ctx)
	if err := b.whenMade(ctx); err != nil {
		return err
	}
	b.bus = bus.New(bus.Options{URL: strings.Join(b.direct, ","), Name: "torture", Replicas: b.replicas}, slog.New(slog.DiscardHandler))
	if err := b.bus.Start(ctx); err != nil {
		return err
	}
	b.polling = b.poll(ctx)
	if err := b.await(ctx, b.router); err != nil {
		return err
	}
	var err error
	b.heard, err = listen(ctx, b.bus, b.replicas)
	b.began = time.Now()
	return err
}

func (b *box) await(ctx context.Context, p *part) error {
	ticker := time.NewTicker(readyEvery)
	defer ticker.Stop()
	for {
		select {
		case <-p.isReady:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", p.name, ctx.Err())
		case <-ticker.C:
			if err := p.check(); err != nil {
				return err
			}
		}
	}
}

// check returns an error if a process ended by itself.
func (b *box) check() error { return errors.Join(b.router.check(), b.adapters.check()) }

// publish lets the beat happen. It is repeated until the bus has it, because a
// poller repeats it too.
func (b *box) publish(ctx context.Context, number int, what story.Beat) error {
	now := time.Now()
	e := what.Event(number, now)
	b.dues.Take(what, now)
	defer func() { b.slowest.note(time.Since(now)) }()
	for {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		_, err := b.bus.PublishEvents(attempt, []*eventv1.Event{e})
		cancel()
		if err == nil {
			return nil
		}
		if sleep(ctx, 50*time.Millisecond) != nil {
			return err
		}
	}
}

// effects are what the vendors did, and what subscribers heard.
func (b *box) effects() []judge.Effect {
	list := b.heard.effects()
	for _, e := range b.vendors.Simulator.Effects() {
		list = append(list, judge.Effect{At: e.Time, Target: targetOf(e), Verb: e.Action, Changed: e.Changed})
	}
	return list
}

// targetOf names what an effect is on as the stories do.
func targetOf(e record.Effect) string {
	name, _, _ := strings.Cut(e.Name, " [sb-")
	switch e.Action {
	case judge.PauseStream, judge.ResumeStream:
		return "stream:" + e.ID
	case judge.AddExclusion, judge.DeleteExclusion:
		return "exclusion:" + name
	case judge.CreateAlert:
		return "alert:" + name
	case judge.Pause, judge.Resume, judge.UpdateAlert, judge.DeleteAlert:
		return "alert:" + e.ID
	case judge.TrainAnomaly:
		return "anomaly:" + e.ID
	case judge.DisablePattern:
		return "pattern:" + e.ID
	default:
		return "watcher:" + name
	}
}

// left is what is paused, or there, and must not be.
func (b *box) left() []string {
	var list []string
	for _, id := range b.alerts {
		if alert, ok := b.vendors.Simulator.Anodot.Alert(id); ok && alert.State.State == "paused" {
			list = append(list, "alert:"+id)
		}
	}
	for _, id := range b.streams {
		if s, ok := b.vendors.Simulator.Anodot.DataStream(id); ok && s["paused"] == true {
			list = append(list, "stream:"+id)
		}
	}
	for _, w := range b.vendors.Simulator.Anomify.Watchers() {
		if !w.Deleted && strings.HasPrefix(w.Name, "bots on "+story.Timed) {
			list = append(list, "watcher:"+w.Name)
		}
	}
	for _, x := range b.vendors.Simulator.Anomify.Exclusions() {
		list = append(list, "exclusion:"+x.Value)
	}
	return list
}

func (b *box) judge(grace time.Duration) judge.Verdict {
	outages := append(append(b.router.recoveries(), b.adapters.recoveries()...), b.excuses.all()...)
	v := judge.Judge(judge.Case{
		Dues: b.dues.List, Effects: b.effects(), Paused: b.left(), Outages: outages, Grace: grace,
	})
	v.Faults = append(v.Faults, b.wrongs.all()...)
	return v
}

// wrong notes a fault that no log of a vendor shows.
func (b *box) wrong(text string) { b.wrongs.add(text) }

// close ends everything and removes the folder, unless it is to be kept.
func (b *box) close(keep bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := errors.Join(b.router.close(), b.adapters.close(), b.dialer.Stop(ctx))
	if b.heard != nil {
		b.heard.close()
	}
	if b.polling != nil {
		b.polling.stop()
	}
	if b.bus != nil {
		err = errors.Join(err, b.bus.Stop(ctx))
	}
	err = errors.Join(err, b.vendors.Close())
	if keep {
		return err
	}
	return errors.Join(err, os.RemoveAll(b.dir))
}

// sleep waits, or returns the error of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
