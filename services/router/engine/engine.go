package engine

import (
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/state"
)

// Input is one event as the stream holds it.
type Input struct {
	// Event is kept while a judgement of it waits: it must not be changed. With
	// [Engine.Wire] it is nil.
	Event *eventv1.Event
	// Wire is the event as protobuf bytes, for [Engine.Wire] alone, which keeps
	// nothing of them.
	Wire []byte
	// Sequence is that of the message on SIGNALBOX_EVENTS, 0 outside a stream.
	Sequence uint64
	// Time is when the stream stored it. One at most a day before the latest
	// that the engine has seen counts as that; an older one shows that the
	// server's clock was ahead, and the engine's clock goes back to it.
	Time time.Time
}

// Output is a decision and the actions it asks for, or the end of a lease:
// exactly one of Decision and Lease is set.
type Output struct {
	// Decision is what was decided; nil with Lease.
	Decision *decisionv1.Decision
	// Actions are what it asks for. A decision in shadow names its actions but
	// has none here.
	Actions []*actionv1.Action
	// Lease is one whose last holder's time is over by the engine's clock.
	Lease *actionv1.Lease

	place place
}

// Engine judges events. It belongs to one goroutine.
type Engine struct {
	version  string
	settings Settings

	clock    time.Time
	hour     int64  // of the clock, at which state was last swept
	arrivals uint64 // events taken, in all of the engine's life
	seen     *state.Memory
	hasher   *state.Hasher
	rules    []*ruleState
	conditions
	// retired are the firings of rules that are not in the set any more.
	retired map[string]*firings

	agenda   agenda // of leases and judgements that wait
	standing agenda // of matches that stand
	waiting  waiting
	backlog  backlog
	leases   leases
	budget   budget
	paused   tally
	asked    askedBook
	carried  askedBook            // with NoVendor, the actions that would have been done
	stop     *routerv1.StopSwitch // nil while actions are not stopped
	stats    Stats
	// snapshotBytes is how long the last snapshot was: the next one is about as long.
	snapshotBytes int
	scratch       scratch
	tracing       *trace // nil where nobody asks
	isIdle        bool   // what is decided is done by nobody, and pauses nothing
}

// New returns an engine that has seen nothing.
func New(set *rule.Set, settings Settings) *Engine {
	e := &Engine{
		settings: settings, hasher: state.NewHasher(), retired: map[string]*firings{},
		waiting: newWaiting(), leases: newLeases(), asked: newAsked(), carried: newAsked(),
		budget: newBudget(settings.Safety), paused: tally{},
	}
	e.hour = hourOf(e.clock)
	e.seen = e.newMemory()
	e.install(set, nil)
	return e
}

// Advance moves the clock to now and returns what the timers that are due by
// then decide: by when they were due and, within an instant, leases that end,
// events that were held back, judgements that waited, matches that stood; each
// in the order in which their events arrived. A time before the clock's changes
// nothing.
func (e *Engine) Advance(now time.Time) []Output {
	var out []Output
	now = capped(now)
	for {
		due, ok := e.Next()
		if !ok || due.After(now) {
			e.moveClock(now)
			return out
		}
		e.moveClock(due)
		out = e.wake(out)
	}
}

// Event takes one event: it advances the clock to the event's time on the
// stream and returns every decision that follows, in order. A duplicate gives
// none of its own.
func (e *Engine) Event(in Input) []Output {
	e.reader.Read(in.Event)
	return e.arrive(&arrival{event: in.Event, at: in.Event.GetOccurredAt().AsTime(), sequence: in.Sequence}, in.Time)
}

// arrive takes the event that the reader has read.
func (e *Engine) arrive(a *arrival, now time.Time) []Output {
	out := e.Advance(now)
	if now.Before(e.clock.Add(-slack)) && !now.IsZero() {
		e.rebase(now.UTC())
	}
	e.stats.Events++
	head := e.reader.Header()
	if !e.seen.Add(e.hasher.Of(head.ID)) {
		e.stats.Duplicates++
		return out
	}
	e.arrivals++
	a.arrived, a.number = e.clock, e.arrivals
	e.match(a, e.reader)
	out = e.enter(out, a)
	switch {
	case e.isLate(a, head.ObservedAt):
		e.stats.Late++
		return append(out, e.late(whole(a, e.reader)))
	case e.settings.Reorder > 0:
		return e.holdBack(out, whole(a, e.reader))
	default:
		return e.judgeAll(out, a, place{at: e.clock, turn: turnJudge})
	}
}

// Next returns when the next timer is due, false if there is none.
func (e *Engine) Next() (due time.Time, ok bool) {
	due, _, ok = e.next()
	return due, ok
}

// Clock returns the time up to which timers have been taken.
func (e *Engine) Clock() time.Time { return e.clock }

// Version returns the version of the set that decides.
func (e *Engine) Version() string { return e.version }
