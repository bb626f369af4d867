package engine_test

import (
	"cmp"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

func newModel(waits bool, reorder time.Duration) *model {
	return &model{rules: modelled(), waits: waits, reorder: reorder, arrived: map[*eventv1.Event]time.Time{}}
}

func (m *model) event(e *eventv1.Event, now time.Time) []string {
	out := m.advance(now)
	if slices.ContainsFunc(m.taken, func(o *eventv1.Event) bool { return o.GetId() == e.GetId() }) {
		return out
	}
	m.taken = append(m.taken, e)
	m.arrived[e] = now
	out = append(out, m.complete(e)...)
	switch {
	case e.GetObservedAt() != nil && e.GetObservedAt().AsTime().Sub(occurred(e)) > 10*time.Minute:
		return append(out, " "+e.GetId()+" LATE")
	case m.reorder > 0:
		m.held = append(m.held, e)
		return out
	default:
		return append(out, m.judge(e)...)
	}
}

// judge judges an event by every rule.
func (m *model) judge(e *eventv1.Event) []string {
	m.judged = append(m.judged, e)
	var out []string
	for _, r := range m.rules {
		if r.until != nil && strings.Contains(r.kinds, kindName(e)) && r.until(e) {
			out = append(out, r.end(e)...)
		}
	}
	for _, r := range m.rules {
		if strings.Contains(r.kinds, kindName(e)) && (!r.titled || e.GetTitle() != "") {
			r.met = append(r.met, e)
			out = append(out, m.say(r, e, r.judge(m, e))...)
		}
	}
	return out
}

// say is the line of a judgement, none for one that waits.
func (m *model) say(r *modelRule, e *eventv1.Event, verdict string) []string {
	if verdict == "" {
		return nil
	}
	return []string{r.name + " " + e.GetId() + " " + verdict}
}

// complete judges what waited for a cause that has arrived, or for none to.
func (m *model) complete(cause *eventv1.Event) []string {
	var done []*modelWaiting
	m.waiting = slices.DeleteFunc(m.waiting, func(w *modelWaiting) bool {
		if slices.ContainsFunc(w.rule.given, func(g modelGiven) bool { return g.has(w.event, cause) }) {
			w.due = m.dueOf(w.rule, w.event)
		}
		isDone := !w.due.After(m.clock)
		if isDone {
			done = append(done, w)
		}
		return isDone
	})
	var out []string
	for _, w := range done {
		out = append(out, m.say(w.rule, w.event, w.rule.judge(m, w.event))...)
	}
	return out
}

// modelStep is something that is due. Of one instant, leases end first, then
// what was held back is judged, then what waited, then what stood.
type modelStep struct {
	due  time.Time
	turn int
	do   func() []string
}

// advance lets happen what is due, one after the other.
func (m *model) advance(now time.Time) []string {
	var out []string
	for {
		var next modelStep
		for _, step := range m.steps() {
			if next.do == nil || cmp.Or(step.due.Compare(next.due), cmp.Compare(step.turn, next.turn)) < 0 {
				next = step
			}
		}
		if next.do == nil || next.due.After(now) {
			m.clock = now
			return out
		}
		m.clock = next.due
		out = append(out, next.do()...)
	}
}

// steps are the first one of each sort.
func (m *model) steps() []modelStep {
	var steps []modelStep
	var first *modelLease
	for _, l := range m.leases {
		if !l.isOver && (first == nil || cmp.Or(l.until.Compare(first.until), cmp.Compare(l.alert, first.alert)) < 0) {
			first = l
		}
	}
	if first != nil {
		steps = append(steps, modelStep{first.until, 0, func() []string {
			first.isOver = true
			return []string{"RESUMED " + first.alert}
		}})
	}
	if len(m.held) > 0 {
		oldest := m.held[0]
		steps = append(steps, modelStep{m.arrived[oldest].Add(m.reorder), 1, func() []string { return m.release(oldest) }})
	}
	var wait *modelWaiting
	for _, w := range m.waiting {
		if wait == nil || w.due.Before(wait.due) {
			wait = w
		}
	}
	if wait != nil {
		steps = append(steps, modelStep{wait.due, 2, func() []string {
			m.waiting = slices.DeleteFunc(m.waiting, func(w *modelWaiting) bool { return w == wait })
			return m.say(wait.rule, wait.event, wait.rule.judge(m, wait.event))
		}})
	}
	if _, standing := m.standing(); standing != nil {
		due := standing.over.Add(m.reorder)
		if slices.ContainsFunc(m.held, func(h *eventv1.Event) bool { return occurred(h).Before(standing.over) }) {
			due = later(due, m.arrived[m.held[0]].Add(m.reorder)) // what occurred before its end comes first
		}
		steps = append(steps, modelStep{later(due, m.clock), 3, m.standingOver})
	}
	return steps
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// standing is the match that is over first.
func (m *model) standing() (rule *modelRule, standing *modelStanding) {
	for _, r := range m.rules {
		for _, s := range r.stands {
			if standing == nil || cmp.Or(s.over.Compare(standing.over), before(s.event, standing.event)) < 0 {
				rule, standing = r, s
			}
		}
	}
	return rule, standing
}

func (m *model) standingOver() []string {
	rule, standing := m.standing()
	rule.stands = slices.DeleteFunc(rule.stands, func(s *modelStanding) bool { return s == standing })
	return m.say(rule, standing.event, rule.act(m, standing.event, standing.over, standing.causes))
}

// release judges what was held back, up to an event, in the order in which it
// occurred; a match that was over before an event acts before it.
func (m *model) release(until *eventv1.Event) []string {
	var out []string
	for {
		e := slices.MinFunc(m.held, before)
		m.held = slices.DeleteFunc(m.held, func(h *eventv1.Event) bool { return h == e })
		for _, s := m.standing(); s != nil && !s.over.After(occurred(e)) && !s.over.Add(m.reorder).After(m.clock); _, s = m.standing() {
			out = append(out, m.standingOver()...)
		}
		out = append(out, m.judge(e)...)
		if e == until {
			return out
		}
	}
}

// wait puts a judgement among those that wait, at its place.
func (m *model) wait(w *modelWaiting) {
	at := slices.IndexFunc(m.waiting, func(o *modelWaiting) bool {
		return cmp.Or(slices.Index(m.taken, w.event)-slices.Index(m.taken, o.event), slices.Index(m.rules, w.rule)-slices.Index(m.rules, o.rule)) < 0
	})
	if at < 0 {
		at = len(m.waiting)
	}
	m.waiting = slices.Insert(m.waiting, at, w)
}

// resume lets the vendor resume what is over, and the engine hear of it.
func (m *model) resume(e *engine.Engine) {
	for _, l := range m.leases {
		if l.isOver && !l.isResumed {
			l.isResumed = true
			e.Take(onTime("", "alert:"+l.alert))
		}
	}
}
