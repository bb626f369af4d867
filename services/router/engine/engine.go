package engine

import (
	"time"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Settings are what the engine needs besides the rules.
type Settings struct {
	// MaxLateness is how much later than it occurred an event may be observed;
	// exactly as much is accepted.
	MaxLateness time.Duration
	// Wait is how long a judgement waits for a cause of that kind where the
	// rule does not say; missing means not at all.
	Wait map[event.Kind]time.Duration
}

// Input is one event as the stream holds it.
type Input struct {
	// Event is kept while a judgement of it waits: it must not be changed.
	Event *eventv1.Event
	// Sequence is that of the message on SIGNALBOX_EVENTS, 0 outside a stream.
	Sequence uint64
	// Time is when the stream stored it. One at most a day before the latest
	// that the engine has seen counts as that; an older one shows that the
	// server's clock was ahead, and the engine's clock goes back to it.
	Time time.Time
}

// Output is one decision and the actions it asks for. A decision in shadow
// names its actions but has none here.
type Output struct {
	Decision *decisionv1.Decision
	Actions  []*actionv1.Action
}

// Stats are what the engine has done since it was made or restored, and how
// much it holds at the moment.
type Stats struct {
	// Events were taken, duplicates included.
	Events uint64
	// Duplicates had an id that was taken before.
	Duplicates uint64
	// Late events were observed too long after they occurred.
	Late uint64
	// Waiting judgements wait for a cause.
	Waiting int
	// Keys have state: one for each key of each window, clause and cooldown.
	Keys int
}

// Engine judges events. It belongs to one goroutine.
type Engine struct {
	version  string
	settings Settings

	clock    time.Time
	hour     int64  // of the clock, at which state was last swept
	arrivals uint64 // events taken, in all of the engine's life
	seen     memory
	rules    []*ruleState
	judges   map[event.Kind][]*ruleState
	clauses  map[event.Kind][]*clause
	// retired are the cooldowns of rules that are not in the set any more.
	retired map[string]*cooldown
	waiting waiting
	stats   Stats
}

// New returns an engine that has seen nothing.
func New(set *rule.Set, settings Settings) *Engine {
	e := &Engine{
		version:  set.Version(),
		settings: settings,
		judges:   map[event.Kind][]*ruleState{},
		clauses:  map[event.Kind][]*clause{},
		retired:  map[string]*cooldown{},
		waiting:  waiting{byKey: map[waitKey][]*judgement{}},
	}
	for i, r := range set.Rules() {
		e.addRule(i, r)
	}
	return e
}

// arrival is an event at its place in the stream.
type arrival struct {
	event    *eventv1.Event
	vars     expr.Vars
	at       time.Time // when it occurred
	arrived  time.Time // on the engine's clock
	number   uint64    // orders arrivals
	sequence uint64
}

func newArrival(ev *eventv1.Event) *arrival {
	return &arrival{event: ev, vars: expr.EventVars(ev), at: ev.GetOccurredAt().AsTime()}
}

// Advance moves the clock to now and returns the judgements whose wait is over
// by then, in the order in which they were due and, within an instant, in
// which their events arrived. A time before the clock's changes nothing.
func (e *Engine) Advance(now time.Time) []Output {
	var out []Output
	for j := e.waiting.first(); j != nil && !j.due.After(now); j = e.waiting.first() {
		e.moveClock(j.due)
		e.waiting.remove(j)
		out = e.judge(out, j, false)
	}
	e.moveClock(now)
	return out
}

// Event takes one event: it advances the clock to the event's time on the
// stream and returns every decision that follows, in order. A duplicate gives
// none of its own.
func (e *Engine) Event(in Input) []Output {
	out := e.Advance(in.Time)
	if in.Time.Before(e.clock.Add(-slack)) && !in.Time.IsZero() {
		e.rebase(in.Time.UTC())
	}
	e.stats.Events++
	if !e.seen.add(hash(in.Event.GetId()), dayOf(e.clock)) {
		e.stats.Duplicates++
		return out
	}
	a := newArrival(in.Event)
	e.arrivals++
	a.arrived, a.number, a.sequence = e.clock, e.arrivals, in.Sequence
	out = e.enter(out, a)
	if e.isLate(a) {
		e.stats.Late++
		return append(out, e.late(a))
	}
	for _, s := range e.judges[event.KindOf(a.event)] {
		out = e.match(out, s, a)
	}
	return out
}

// Next returns when the next waiting judgement is due, false if none waits.
func (e *Engine) Next() (due time.Time, ok bool) {
	j := e.waiting.first()
	if j == nil {
		return time.Time{}, false
	}
	return j.due, true
}

// Stats returns what the engine has done and holds.
func (e *Engine) Stats() Stats {
	s := e.stats
	s.Waiting = len(e.waiting.queue)
	for _, r := range e.rules {
		s.Keys += len(r.windows) + len(r.cooldown.fired)
		for _, c := range r.given {
			s.Keys += len(c.causes)
		}
	}
	for _, c := range e.retired {
		s.Keys += len(c.fired)
	}
	return s
}

// isLate reports whether the event was observed too long after it occurred.
// One of unknown arrival is in time.
func (e *Engine) isLate(a *arrival) bool {
	return a.event.GetObservedAt() != nil &&
		a.event.GetObservedAt().AsTime().After(a.at.Add(e.settings.MaxLateness))
}
