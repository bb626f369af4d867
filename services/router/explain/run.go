package explain

import (
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Run is one look at one event. It belongs to one goroutine.
type Run struct {
	set    *rule.Set
	engine *engine.Engine
	id     string

	event     *eventv1.Event
	decisions map[string]*decisionv1.Decision // the last one of each rule, "" for late
	events    uint64
	clock     time.Time
}

// New returns a run that has been shown nothing, for the event of that id.
func New(set *rule.Set, settings engine.Settings, eventID string) *Run {
	r := &Run{set: set, engine: engine.New(set, settings), id: eventID, decisions: map[string]*decisionv1.Decision{}}
	r.engine.Trace(eventID)
	return r
}

// Pending is told how many events there are, which matters to nobody here.
func (r *Run) Pending(uint64) {}

// Event is shown an event, or its bytes where in.Event is nil; one that cannot be
// read is passed over.
func (r *Run) Event(in engine.Input) error {
	outputs, ok := r.ask(in)
	if !ok {
		return nil
	}
	r.events++
	r.moved(in.Time)
	if r.event == nil && r.engine.Header().ID == r.id {
		r.event = wholeOf(in)
	}
	r.note(outputs)
	return nil
}

// ask lets the engine judge what the input holds, false for no event.
func (r *Run) ask(in engine.Input) ([]engine.Output, bool) {
	if in.Event != nil {
		return r.engine.Event(in), true
	}
	outputs, err := r.engine.Wire(in)
	return outputs, err == nil
}

// wholeOf returns the event of an input that the engine has taken.
func wholeOf(in engine.Input) *eventv1.Event {
	if in.Event != nil {
		return in.Event
	}
	e := &eventv1.Event{}
	_ = proto.Unmarshal(in.Wire, e) // the engine takes no other bytes
	return e
}

// Take is shown what else decisions depend on. A switch of rules is passed over:
// the rules here are those of the run.
func (r *Run) Take(in *routerv1.Input) error {
	if in.GetRuleSetSwitch() == nil {
		r.moved(in.GetTakenAt().AsTime())
		r.note(r.engine.Take(in))
	}
	return nil
}

// End lets time pass, as long as something is due by the given time.
func (r *Run) End(until time.Time) {
	for {
		due, ok := r.engine.Next()
		if !ok || due.After(until) {
			return
		}
		r.moved(due)
		r.note(r.engine.Advance(r.clock))
	}
}

// EndAll lets time pass until nothing is due any more.
func (r *Run) EndAll() { r.End(time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)) }

func (r *Run) moved(to time.Time) {
	if to.After(r.clock) {
		r.clock = to
	}
}

func (r *Run) note(outputs []engine.Output) {
	for _, o := range outputs {
		if o.Decision.GetEventId() == r.id {
			r.decisions[o.Decision.GetRule()] = o.Decision
		}
	}
}

// Explain tells what the rules of these names say, or all of them for none. It
// is nil where the event was not shown.
func (r *Run) Explain(names ...string) *routerv1.ExplainResponse {
	if r.event == nil {
		return nil
	}
	answer := &routerv1.ExplainResponse{Event: r.event, RuleSet: r.set.Version(), Events: r.events}
	for _, one := range r.set.Rules() {
		if len(names) == 0 || slices.Contains(names, one.Name) {
			answer.Rules = append(answer.Rules, r.explain(one))
		}
	}
	return answer
}

// After is how long after an event the rules may still judge it: what waits for a
// cause, stands, or is held back.
func After(set *rule.Set, settings engine.Settings) time.Duration {
	var longest time.Duration
	for _, r := range set.Rules() {
		var wait time.Duration
		for _, g := range r.Given {
			if g.HasWait {
				wait = max(wait, g.Wait)
			} else {
				wait = max(wait, settings.Wait[g.On])
			}
		}
		if r.Hold != nil {
			wait += r.Hold.For
		}
		longest = max(longest, wait)
	}
	return longest + settings.Reorder
}
