package soak_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

var (
	hours   = flag.Int("hours", 1, "how many hours are simulated, below 23")
	verbose = flag.Bool("log", false, "print the log of what is tested")
)

const (
	// restartEvery is how many minutes a process lives.
	restartEvery = 50
	// settle is how long nothing new happens and no fault is set at the end: what
	// goes on ends, and the polls after the last fault bring what it held back.
	settle = 45 * time.Minute
	// maxShown is how many differences are printed.
	maxShown = 20
)

func TestSoak(t *testing.T) {
	require.Positive(t, *hours)
	require.Less(t, *hours, 23, "counts begin anew with the day")
	// The NATS server keeps one clock for the process, which must not be of the
	// bubble.
	ats.Register()
	defer ats.Unregister()
	dir := t.TempDir()
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		soak(t, dir)
	})
	t.Logf("%d simulated hours in %s", *hours, time.Since(began).Round(100*time.Millisecond))
}

func soak(t *testing.T, dir string) {
	t.Helper()
	sim, network := startVendors(t)
	b := startBus(t, filepath.Join(dir, "nats"))
	cfg := readConfig(t, dir)
	cfg.Dial = network.dial
	log := &watchedLog{}
	x := start(t, cfg, b, log)
	w, trouble, used := newWorld(sim), mischief{sim: sim, set: map[string]int{}}, growth{}
	for n := range *hours * 60 {
		w.minute(time.Now())
		trouble.minute(t, n)
		if n%restartEvery == restartEvery-1 {
			require.NoError(t, x.stop())
			x = start(t, cfg, b, log)
		}
		<-time.After(time.Minute / 2) // between polls, which begin with the minute
		synctest.Wait()
		used.minute(n)
		<-time.After(time.Minute / 2)
	}
	for range int(settle / time.Minute) {
		w.end(time.Now())
		<-time.After(time.Minute)
	}
	got := readStream(t, b)
	require.NoError(t, x.stop())

	t.Logf("%d facts, each once among %d events; %d dead letters; %d calls, %d beyond a limit; %d restarts",
		len(w.facts), got.events, got.dead, sim.Totals().Calls, sim.Totals().Excesses, *hours*60/restartEvery)
	t.Logf("in each half hour %v goroutines, %s", used.goroutines, used.megabytes())
	t.Logf("%d faults of %d kinds: %v", trouble.total(), trouble.kinds(), trouble.set)
	require.Equal(t, len(fault.Kinds()), trouble.kinds(), "each kind of fault came")
	judge(t, slices.Concat(excesses(sim), log.faults(), used.faults(), got.difference(w)))
}

func judge(t *testing.T, differences []string) {
	t.Helper()
	if len(differences) > 0 {
		shown := differences[:min(maxShown, len(differences))]
		t.Errorf("%d differences:\n%s", len(differences), strings.Join(shown, "\n"))
	}
}

func excesses(sim *simulator.Server) []string {
	var list []string
	for _, e := range sim.Excesses() {
		list = append(list, fmt.Sprintf("%s was called beyond its limit of %d calls a minute (%s) at %s",
			e.Vendor, e.LimitPerMinute, e.Class, e.Time.Format(time.TimeOnly)))
	}
	return list
}

// startVendors serves the simulated vendors until the test ends.
func startVendors(t *testing.T) (*simulator.Server, *pipes) {
	t.Helper()
	sim, network := simulator.New(simulator.Options{}), newPipes()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- sim.Serve(ctx, network) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-served)
	})
	return sim, network
}

// startBus runs a NATS server until the test ends. It does not flush to the disk
// by the clock, which runs too fast here.
func startBus(t *testing.T, dir string) *bus.Bus {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	server := busserver.New(busserver.Options{StoreDir: dir, SyncInterval: 24 * time.Hour}, quiet)
	require.NoError(t, server.Start(t.Context()))
	b := bus.New(bus.Options{Server: server, Name: "soak"}, quiet)
	require.NoError(t, b.Start(t.Context()))
	t.Cleanup(func() {
		require.NoError(t, b.Stop(context.WithoutCancel(t.Context())))
		require.NoError(t, server.Stop(context.WithoutCancel(t.Context())))
	})
	forget(t, b)
	return b
}
