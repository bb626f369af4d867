package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

const (
	readyEvery = 2 * time.Millisecond
	stopTime   = 12 * time.Second
)

// lab is a folder, the addresses and the processes of one experiment. Its
// owner closes it.
type lab struct {
	bench                       *bench
	dir                         string
	nats, grpc, http, simulator string
	floorSync                   string // of the bare NATS server, "" for the default
	running                     []*process.Process
	// server is the bare NATS server, nil before open.
	server *process.Process
	bus    *bus.Bus
}

func (b *bench) newLab(ctx context.Context, name string) (*lab, error) {
	dir, err := os.MkdirTemp(b.dir, name+"-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for %s: %w", name, err)
	}
	l := &lab{bench: b, dir: dir}
	for _, address := range []*string{&l.nats, &l.grpc, &l.http, &l.simulator} {
		if *address, err = process.FreeAddress(ctx); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// close ends everything that the lab started, the last one first.
func (l *lab) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	var faults []error
	for _, p := range slices.Backward(l.running) {
		faults = append(faults, p.Stop(ctx))
	}
	if l.bus != nil {
		faults = append(faults, l.bus.Stop(ctx))
	}
	l.running, l.bus = nil, nil
	return errors.Join(append(faults, os.RemoveAll(l.dir))...)
}

func (l *lab) start(name, path string, args ...string) (*process.Process, error) {
	p, err := process.Start(l.dir, name, path, args...)
	if err == nil {
		l.running = append(l.running, p)
	}
	return p, err
}

// startFloor runs the bare NATS server until it takes connections.
func (l *lab) startFloor(ctx context.Context) (*process.Process, error) {
	address, err := process.FreeAddress(ctx)
	if err != nil {
		return nil, err
	}
	p, err := l.start("nats", l.bench.self, "--floor", l.nats, "--floor-http", address,
		"--floor-store", filepath.Join(l.dir, "nats"), "--floor-sync", l.floorSync)
	if err != nil {
		return nil, err
	}
	return p, p.AwaitOK(ctx, readyEvery, "http://"+address+"/readyz")
}

// open runs the bare NATS server and connects to it.
func (l *lab) open(ctx context.Context) error {
	var err error
	if l.server, err = l.startFloor(ctx); err != nil {
		return err
	}
	return l.connect(ctx)
}

func (l *lab) connect(ctx context.Context) error {
	l.bus = bus.New(bus.Options{URL: "nats://" + l.nats, Name: "bench"}, slog.New(slog.DiscardHandler))
	return l.bus.Start(ctx)
}

// startVendors serves the simulated vendors.
func (l *lab) startVendors(ctx context.Context, args ...string) (*process.Process, error) {
	p, err := l.start("simulate", l.bench.binary, append([]string{"simulate", "--listen", l.simulator}, args...)...)
	if err != nil {
		return nil, err
	}
	return p, p.AwaitOK(ctx, readyEvery, "http://"+l.simulator+"/control/healthz")
}

// serve starts Signalbox with this configuration and these rules. It does not
// wait.
func (l *lab) serve(target, config string, rules []byte) (*process.Process, error) {
	path := filepath.Join(l.dir, "signalbox.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return nil, fmt.Errorf("write the configuration: %w", err)
	}
	if err := os.WriteFile(filepath.Join(l.dir, "rules.yaml"), rules, 0o600); err != nil {
		return nil, fmt.Errorf("write the rules: %w", err)
	}
	return l.start("serve", l.bench.binary, "serve", "--config", path, "--target", target)
}

func (l *lab) readyz() string { return "http://" + l.http + "/readyz" }

// metric returns the sum of a metric of the lab's Signalbox over its labels.
func (l *lab) metric(ctx context.Context, name string) (float64, error) {
	metrics, err := process.ReadMetrics(ctx, l.http)
	if err != nil {
		return 0, err
	}
	return metrics.Sum(name)
}
