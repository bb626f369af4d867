package core_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/ledger"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
)

const (
	// span is how long things happen in a story. What a seed costs is mostly the
	// seconds in which nothing happens, so the times are as short as they may be.
	span = 2 * time.Hour
	// callTime is how long a call may take, waitTime the longest wait between two.
	callTime, waitTime = 15 * time.Second, 10 * time.Second
	// grace is how long after its time an effect may come: a comparison a minute,
	// calls that hang, and some that fail in a row.
	grace = 4 * time.Minute
)

var lengths = story.Leases{Short: 13 * time.Minute, Long: 20 * time.Minute}

// ruleSet is what every seed's rules are compiled to; that takes as long as a story.
var ruleSet = sync.OnceValues(func() (*rule.Set, error) {
	return rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(lengths.Rules())}}, rule.Catalog{})
})

// world is what outlives the processes.
type world struct {
	random        *rand.Rand
	fates         *fates
	vendor        *vendor
	actions, held *bucket
	dial          func(context.Context, string) (net.Conn, error)
	set           *rule.Set
	dues          *story.Dues
	outages       []judge.Outage
	looks         atomic.Int64

	mu       sync.Mutex
	stream   []engine.Input
	state    []byte
	position int
	crash    func()
	wake     func()
	heard    []judge.Effect
	ids      map[string]bool
	faults   []string
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	set, err := ruleSet()
	require.NoError(t, err)
	w := &world{
		random: rand.New(rand.NewPCG(seed, 0)), fates: newFates(seed), set: set, ids: map[string]bool{},
		actions: &bucket{name: "ledger", entries: map[string]entry{}},
		held:    &bucket{name: "leases", entries: map[string]entry{}},
		dues:    story.NewDues(lengths, "foreign"),
	}
	w.vendor = &vendor{fates: w.fates, crash: w.kill, paused: map[string]bool{"alert:foreign": true}}
	w.serve(t)
	return w
}

// serve puts the vendors behind gRPC, by pipes that keep no time from jumping.
func (w *world) serve(t *testing.T) {
	t.Helper()
	listener, server := bufconn.Listen(64<<10), grpc.NewServer()
	anodotv1.RegisterAnodotServiceServer(server, anodotVendor{vendor: w.vendor})
	anomifyv1.RegisterAnomifyServiceServer(server, anomifyVendor{vendor: w.vendor})
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	w.dial = func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }
	t.Cleanup(func() {
		server.Stop()
		serving.Wait()
		w.vendor.late.Wait()
	})
}

// live makes the process the one that lives.
func (w *world) live(l *life) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.crash, w.wake = l.crash, l.wake
}

// kill ends the process that lives.
func (w *world) kill() {
	w.mu.Lock()
	crash := w.crash
	w.mu.Unlock()
	crash()
}

// restore returns the engine as of the last snapshot, and where it goes on.
func (w *world) restore() (*engine.Engine, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	settings := engine.Settings{MaxLateness: time.Hour}
	if w.state == nil {
		return engine.New(w.set, settings), 0
	}
	e, err := engine.Restore(w.set, settings, w.state)
	if err != nil {
		w.faults = append(w.faults, "restore: "+err.Error())
		return engine.New(w.set, settings), 0
	}
	return e, w.position
}

func (w *world) store(state []byte, position int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state, w.position = state, position
}

func (w *world) at(position int) (engine.Input, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if position >= len(w.stream) {
		return engine.Input{}, false
	}
	return w.stream[position], true
}

func (w *world) hear(subject, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	target := "notify:" + strings.TrimPrefix(subject, "signalbox.notify.")
	w.heard = append(w.heard, judge.Effect{At: time.Now(), Target: target, Verb: judge.Notify, Changed: !w.ids[id]})
	w.ids[id] = true
}

func (w *world) fault(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, text)
}

// happen lets the beats happen in their time, whether a process lives or not, as
// pollers go on while the router is down.
func (w *world) happen(began time.Time, beats []story.Beat) {
	for number, b := range beats {
		time.Sleep(time.Until(began.Add(b.After))) //nolint:forbidigo // in a bubble
		w.mu.Lock()
		now := time.Now()
		w.dues.Take(b, now)
		w.stream = append(w.stream, engine.Input{Event: b.Event(number, now), Sequence: uint64(number + 1), Time: now})
		wake := w.wake
		w.mu.Unlock()
		wake()
	}
}

// now is a clock that is never at the same moment twice, as those of real machines
// are, while the bubble's stands still.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.looks.Add(1))) }

// script draws what happens: verdicts on few alerts, so that leases meet, now and
// then on a data stream, and anomalies that are each the only one of their metric,
// some of which things are made for a while for. Verdicts on one alert keep
// away from the end of its lease, where either answer is right.
func (w *world) script() []story.Beat {
	var beats []story.Beat
	for _, alert := range []string{"a", "b", "c", "foreign"} {
		at := time.Duration(w.random.Int64N(int64(span / 4)))
		for at < span {
			beats = append(beats, story.Beat{After: at, Alert: alert, IsLonger: w.random.IntN(3) == 0})
			if w.random.IntN(2) == 0 {
				joins := at + time.Duration(w.random.Int64N(int64(lengths.Short/2)))
				beats = append(beats, story.Beat{After: joins, Alert: alert, IsLonger: w.random.IntN(2) == 0})
			}
			at += 2*lengths.Long + 2*grace + time.Duration(w.random.Int64N(int64(span/4)))
		}
	}
	for i := range w.random.IntN(5) {
		at := time.Duration(w.random.Int64N(int64(span)))
		beats = append(beats, story.Beat{After: at, Metric: fmt.Sprintf("m%d", i), IsHigh: w.random.IntN(4) > 0})
	}
	for i := range w.random.IntN(3) {
		at := time.Duration(w.random.Int64N(int64(span)))
		beats = append(beats, story.Beat{After: at, Metric: fmt.Sprintf("%s%d", story.Timed, i), IsHigh: true})
	}
	if w.random.IntN(2) == 0 {
		beats = append(beats, story.Beat{After: time.Duration(w.random.Int64N(int64(span))), Alert: "d", Asks: story.AsksStream})
	}
	slices.SortStableFunc(beats, func(a, b story.Beat) int { return cmp.Compare(a.After, b.After) })
	return beats
}

// downtime is how long a process stays dead: seconds mostly, days at times.
func (w *world) downtime() time.Duration {
	switch w.random.IntN(12) {
	case 0:
		return time.Duration(w.random.Int64N(int64(50 * time.Hour)))
	case 1, 2:
		return time.Duration(w.random.Int64N(int64(2 * time.Hour)))
	default:
		return time.Duration(w.random.Int64N(int64(30 * time.Second)))
	}
}

// open are the records that are not at their end.
func (w *world) open() []string {
	var list []string
	for _, e := range w.actions.all() {
		a := &actionv1.Action{}
		if len(e.key) == 26 && proto.Unmarshal(e.value, a) == nil && !ledger.IsFinal(a.GetState()) {
			list = append(list, fmt.Sprintf("action %s on %s is %s: %s", a.GetType(), a.GetTarget(), a.GetState(), a.GetDetail()))
		}
	}
	for _, e := range w.held.all() {
		l := &actionv1.Lease{}
		if strings.Contains(e.key, ".") && proto.Unmarshal(e.value, l) == nil && l.GetState() == actionv1.LeaseState_LEASE_STATE_ACTIVE {
			list = append(list, "lease on "+l.GetTarget()+" is active")
		}
	}
	return list
}

func (w *world) verdict() judge.Verdict {
	effects, paused := w.vendor.seen()
	w.mu.Lock()
	defer w.mu.Unlock()
	effects = append(effects, w.heard...)
	paused = slices.DeleteFunc(paused, func(target string) bool { return target == "alert:foreign" })
	return judge.Judge(judge.Case{Dues: w.dues.List, Effects: effects, Paused: paused, Outages: w.outages, Grace: grace})
}

// told is the story as it went, for whoever looks into a fault.
func (w *world) told() []string {
	var list []string
	day := func(t time.Time) string { return t.UTC().Format("02 15:04:05.000") }
	for _, in := range w.stream {
		list = append(list, fmt.Sprintf("%s event %s %s %s", day(in.Time), in.Event.GetEntity(), in.Event.GetFeedback().GetComment(), in.Event.GetId()))
	}
	for _, o := range w.outages {
		list = append(list, day(o.From)+" killed, started at "+day(o.To))
	}
	effects, _ := w.vendor.seen()
	for _, e := range append(effects, w.heard...) {
		list = append(list, fmt.Sprintf("%s effect %s %s %v", day(e.At), e.Target, e.Verb, e.Changed))
	}
	for _, e := range w.actions.all() {
		a := &actionv1.Action{}
		if len(e.key) == 26 && proto.Unmarshal(e.value, a) == nil {
			list = append(list, fmt.Sprintf("%s record %s %s %s of %s: %s", day(a.GetUpdatedAt().AsTime()), a.GetType(), a.GetTarget(), a.GetState(), a.GetRule(), a.GetDetail()))
		}
	}
	slices.Sort(list)
	return list
}
