package soak_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
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
	// The first half hour of every two is of kills, one every killEvery minutes.
	// After it processes live for long, so that what grows shows.
	period, kills = 120, 30
	killEvery     = 3
	// outageEvery is how manieth kill is followed by a minute without a process.
	outageEvery = 2
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
	door := &front{}
	sim, network := startVendors(t, door)
	server, b := startBus(t, filepath.Join(dir, "nats"))
	p := &lives{
		dir: dir, cfg: readConfig(t, dir), server: server, network: network, front: door, log: &watchedLog{},
		random: rand.New(rand.NewPCG(1, uint64(*hours))), // the same run each time
	}
	p.begin(t)
	w, trouble, used := newWorld(sim), mischief{sim: sim, set: map[string]int{}}, growth{}
	for n := range *hours * 60 {
		p.minute(t, n, func() {
			w.minute(time.Now())
			w.push(t.Context())
			trouble.minute(t, n)
		})
		synctest.Wait()
		if n%period >= kills {
			used.minute()
		}
		<-time.After(time.Minute / 2)
	}
	for range int(settle / time.Minute) {
		w.end(time.Now())
		w.push(t.Context())
		<-time.After(time.Minute)
	}
	got := readStream(t, b, p.log)
	p.end(t)

	t.Logf("%d facts, each once among %d events; %d dead letters; %d calls, %d beyond a limit",
		len(w.facts), got.events, got.dead, sim.Totals().Calls, sim.Totals().Excesses)
	t.Logf("%d processes, %d of them killed, %d of these amid a write; %d firings pushed to both webhooks, %d pushes not taken at first",
		p.begun, p.killed, p.amid, w.pushed, w.unpushed)
	t.Logf("in each ten minutes without a kill %v goroutines, %s", used.goroutines, used.megabytes())
	t.Logf("%d faults of %d kinds: %v", trouble.total(), trouble.kinds(), trouble.set)
	require.Equal(t, len(fault.Kinds()), trouble.kinds(), "each kind of fault came")
	require.Positive(t, p.amid, "no process was killed amid its work")
	require.Positive(t, w.unpushed, "nothing was pushed while nobody was there")
	require.Positive(t, p.log.spans, "nothing was traced")
	require.Empty(t, w.pushing, "all is pushed")
	judge(t, slices.Concat(excesses(sim), p.log.faults(), used.faults(), got.difference(w)))
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
func startVendors(t *testing.T, door *front) (*simulator.Server, *pipes) {
	t.Helper()
	sim, network := simulator.New(simulator.Options{Dial: door.dial}), newPipes()
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
func startBus(t *testing.T, dir string) (*busserver.Server, *bus.Bus) {
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
	return server, b
}
