package explain

import (
	"errors"
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
	decisions map[string][]*decisionv1.Decision // of each rule, "" for late
	record    *record
	events    uint64
	clock     time.Time
}

// New returns a run that has been shown nothing, for the event of that id.
func New(set *rule.Set, settings engine.Settings, eventID string) *Run {
	r := &Run{set: set, engine: engine.New(set, settings), id: eventID, decisions: map[string][]*decisionv1.Decision{}, record: &record{}}
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
// [Run.Switch] needs the rules.
func (r *Run) Take(in *routerv1.Input) error {
	if in.GetRuleSetSwitch() == nil {
		r.moved(in.GetTakenAt().AsTime())
		r.note(r.engine.Take(in))
	}
	return nil
}

// Switch lets other rules decide from a time on, as a router did that recorded it;
// a zero time is now. Those of the run are explained all the same: how they judged
// the event, with what they remembered from when they decided. warm shows the warmer
// what rules went over first that began empty, or says [ErrNotWarmed].
func (r *Run) Switch(at time.Time, set *rule.Set, warm func(*engine.Warmer) error) error {
	if !at.IsZero() {
		r.moved(at)
		r.note(r.engine.Advance(at))
	}
	if set.Version() == r.engine.Version() {
		return nil
	}
	w := r.engine.Warmer(set)
	if w != nil {
		switch err := warm(w); {
		case errors.Is(err, ErrNotWarmed):
			w = nil
		case err != nil:
			return err
		}
	}
	r.note(r.engine.SwitchWarm(set, w))
	return nil
}

// ErrNotWarmed says that the rules of a switch began empty.
var ErrNotWarmed = errors.New("the rules began empty")

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

// last is the last decision of a rule, nil if it has made none.
func (r *Run) last(name string) *decisionv1.Decision {
	if all := r.decisions[name]; len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

func (r *Run) note(outputs []engine.Output) {
	for _, o := range outputs {
		if o.Decision.GetEventId() == r.id {
			name := o.Decision.GetRule()
			r.decisions[name] = append(r.decisions[name], o.Decision)
		}
	}
}

// Explain tells what the rules of these names say, or all of them for none. It
// is nil where the event was not shown.
func (r *Run) Explain(names ...string) *routerv1.ExplainResponse {
	if r.event == nil {
		return nil
	}
	answer := &routerv1.ExplainResponse{
		Event: r.event, RuleSet: r.set.Version(), Events: r.events, AsDecided: r.record.isFollowed,
	}
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
