package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// end ends what stands for the key of an event.
func (r *modelRule) end(e *eventv1.Event) []string {
	var out []string
	for _, s := range r.stands {
		if s.event.GetEntity() == e.GetEntity() && before(s.event, e) < 0 && occurred(e).Before(s.over) {
			out = append(out, fmt.Sprint(r.name, " ", e.GetId(), " HELD_HOLD ", []string{s.event.GetId()}))
		}
	}
	if len(out) > 0 {
		r.stands = slices.DeleteFunc(r.stands, func(s *modelStanding) bool { return s.event.GetEntity() == e.GetEntity() })
	}
	return out
}

// take counts what was not counted before.
func (r *modelRule) take(e *eventv1.Event) bool {
	thing := e.GetEntity() + " " + e.GetNativeId()
	if !r.distinct && e.GetNativeId() != "" && r.counted[thing] {
		return false
	}
	if r.counted == nil {
		r.counted = map[string]bool{}
	}
	r.counted[thing] = true
	r.window = append(r.window, e)
	return true
}

// judge returns what becomes of the event, "" while it waits.
func (r *modelRule) judge(m *model, e *eventv1.Event) string {
	var causes []*eventv1.Event
	if r.atLeast > 0 {
		isNew := r.take(e)
		causes = r.inWindow(e)
		if len(causes) < r.atLeast || !isNew {
			return fmt.Sprint("HELD_COUNT ", idsInOrder(causes))
		}
	}
	if r.unless != nil && r.unless(e) || r.unlessPaused && m.isPaused(e) {
		return fmt.Sprint("UNLESS ", idsInOrder(causes))
	}
	found, isMissing := m.correlate(r, e)
	if due := m.dueOf(r, e); due.After(m.clock) {
		m.wait(&modelWaiting{rule: r, event: e, due: due})
		return ""
	}
	causes = append(causes, found...)
	if isMissing {
		return fmt.Sprint("HELD_GIVEN ", idsInOrder(causes))
	}
	if r.flap > 0 {
		closed, isHeld := r.flapping(e)
		if isHeld {
			return fmt.Sprint("HELD_FLAP ", idsInOrder(closed))
		}
		causes = append(causes, closed...)
	}
	ids := idsInOrder(causes)
	stamp := occurred(e)
	if r.hold > 0 {
		stamp = stamp.Add(r.hold)
		if r.isKeptFromStanding(m, e, stamp) {
			return fmt.Sprint("HELD_HOLD ", ids)
		}
		if m.reorder > 0 || stamp.After(m.clock) {
			r.stands = append(r.stands, &modelStanding{event: e, over: stamp, causes: ids})
			return fmt.Sprint("HELD_HOLD ", ids)
		}
	}
	return r.act(m, e, stamp, ids)
}

// inWindow returns what counts at the event.
func (r *modelRule) inWindow(e *eventv1.Event) []*eventv1.Event {
	var in []*eventv1.Event
	for _, o := range r.window {
		if age := occurred(e).Sub(occurred(o)); o.GetEntity() == e.GetEntity() && 0 <= age && age < 10*time.Minute {
			in = append(in, o)
		}
	}
	if !r.distinct {
		return in
	}
	return slices.DeleteFunc(slices.Clone(in), func(o *eventv1.Event) bool {
		return slices.ContainsFunc(in, func(p *eventv1.Event) bool { return p.GetTitle() == o.GetTitle() && before(o, p) < 0 })
	})
}

func (m *model) isPaused(e *eventv1.Event) bool {
	id := e.GetAnomaly().GetAlertId() + e.GetFeedback().GetAlertId()
	return slices.ContainsFunc(m.leases, func(l *modelLease) bool {
		return l.alert == id && occurred(e).After(l.from) && occurred(e).Before(l.until)
	})
}

// has reports whether an event is a cause of another.
func (g modelGiven) has(e, cause *eventv1.Event) bool {
	age := occurred(e).Sub(occurred(cause))
	return cause != e && kindName(cause) == g.kind && cause.GetEntity() == e.GetEntity() &&
		0 <= age && age <= time.Duration(g.minutes)*time.Minute
}

// causes are those of one clause, in order.
func (m *model) causes(g modelGiven, e *eventv1.Event) []*eventv1.Event {
	there := slices.DeleteFunc(slices.Clone(m.taken), func(o *eventv1.Event) bool { return !g.has(e, o) })
	slices.SortFunc(there, before)
	return there
}

func (m *model) correlate(r *modelRule, e *eventv1.Event) (found []*eventv1.Event, isMissing bool) {
	for _, g := range r.given {
		there := m.causes(g, e)
		if len(there) >= g.number {
			found = append(found, there[len(there)-1])
		}
		isMissing = isMissing || (len(there) >= g.number) == g.absent
	}
	return found, isMissing
}

// dueOf is until when the judgement may wait, the zero time if it need not: for
// each cause that is missing as long as the shortest of their waits, or where
// none is, until it is sure that those which must not be there are not.
func (m *model) dueOf(r *modelRule, e *eventv1.Event) time.Time {
	if !m.waits || e.GetObservedAt() == nil {
		return time.Time{}
	}
	var lacking, hoping []time.Time
	for _, g := range r.given {
		due, isThere := m.arrived[e].Add(time.Duration(g.wait)*time.Minute), len(m.causes(g, e)) >= g.number
		switch {
		case g.absent && isThere:
			return time.Time{}
		case g.absent:
			hoping = append(hoping, due)
		case !isThere:
			lacking = append(lacking, due)
		}
	}
	switch {
	case len(lacking) > 0:
		return slices.MinFunc(lacking, time.Time.Compare)
	case len(hoping) > 0:
		return slices.MaxFunc(hoping, time.Time.Compare)
	default:
		return time.Time{}
	}
}

// flapping returns the closings that count at the event, and whether it is held.
func (r *modelRule) flapping(e *eventv1.Event) (closed []*eventv1.Event, isHeld bool) {
	run := []time.Time{occurred(e)}
	for range r.met { // until nothing joins the run any more
		for _, o := range r.met {
			near := slices.ContainsFunc(run, func(t time.Time) bool { return t.Sub(occurred(o)).Abs() < r.quiet })
			if o.GetEntity() == e.GetEntity() && near && !slices.Contains(run, occurred(o)) {
				run = append(run, occurred(o))
			}
		}
	}
	for _, b := range r.begun {
		if b.GetEntity() == e.GetEntity() && slices.Contains(run, occurred(b)) {
			return nil, true
		}
	}
	things := map[string]bool{}
	for _, o := range r.met {
		isClosing := o.GetAnomaly().GetPhase() == eventv1.Phase_PHASE_CLOSED && o.GetNativeId() != "" && o.GetEntity() == e.GetEntity()
		if !isClosing || things[o.GetNativeId()] {
			continue
		}
		things[o.GetNativeId()] = true // the first one to arrive
		age := occurred(e).Sub(occurred(o))
		opened := slices.ContainsFunc(r.met, func(p *eventv1.Event) bool {
			return p.GetNativeId() == o.GetNativeId() && p.GetEntity() == o.GetEntity() && p.GetAnomaly().GetPhase() == eventv1.Phase_PHASE_OPEN
		})
		if opened && 0 <= age && age < r.quiet {
			closed = append(closed, o)
		}
	}
	if len(closed) < r.flap {
		return closed, true
	}
	r.begun = append(r.begun, e)
	return closed, false
}

func (r *modelRule) isKeptFromStanding(m *model, e *eventv1.Event, over time.Time) bool {
	for _, s := range r.stands {
		if s.event.GetEntity() == e.GetEntity() {
			return true
		}
	}
	if r.until == nil {
		return false
	}
	return r.until(e) || slices.ContainsFunc(m.judged, func(o *eventv1.Event) bool {
		return strings.Contains(r.kinds, kindName(o)) && r.until(o) && o.GetEntity() == e.GetEntity() &&
			before(e, o) < 0 && occurred(o).Before(over)
	})
}

// act decides what becomes of a match, as of stamp.
func (r *modelRule) act(m *model, e *eventv1.Event, stamp time.Time, causes []string) string {
	minute := stamp.UTC().Hour()*60 + stamp.UTC().Minute()
	if r.mute && 20 <= minute && minute < 40 {
		return fmt.Sprint("MUTED ", causes)
	}
	id := e.GetAnomaly().GetAlertId() + e.GetFeedback().GetAlertId()
	now := modelFiring{at: stamp, key: e.GetEntity(), target: id, source: "s"}
	for _, f := range r.fired {
		if f.key == now.key && stamp.Sub(f.at).Abs() < r.cooldown {
			return fmt.Sprint("HELD_COOLDOWN ", causes)
		}
	}
	for _, l := range r.limits {
		n := 0
		for _, f := range r.fired {
			age := stamp.Sub(f.at)
			isOne := l.across == "rule" || l.across == "key" && f.key == now.key || l.across == "target" && f.target == now.target
			if isOne && 0 <= age && age < time.Duration(l.minutes)*time.Minute {
				n++
			}
		}
		if n >= l.max {
			return fmt.Sprint("HELD_LIMIT ", causes)
		}
	}
	r.fired = append(r.fired, now)
	if r.reset {
		r.window = slices.DeleteFunc(r.window, func(o *eventv1.Event) bool { return o.GetEntity() == e.GetEntity() })
	}
	if r.pause > 0 && !m.pauses(r, e, stamp, id) {
		return fmt.Sprint("REFUSED_SAFETY ", causes)
	}
	return fmt.Sprint("fires ", causes)
}

// pauses takes a lease, if safety allows it.
func (m *model) pauses(r *modelRule, e *eventv1.Event, stamp time.Time, id string) bool {
	recent, active, paused := 0, map[string]*modelLease{}, map[string]bool{}
	for _, t := range m.acted {
		if m.clock.Sub(t) < time.Hour {
			recent++
		}
	}
	for _, l := range m.leases {
		if !l.isResumed {
			paused[l.alert] = true
		}
		if !l.isOver {
			active[l.alert] = l
		}
	}
	if id == "z" || recent >= 4 || !paused[id] && len(paused) >= 2 {
		return false
	}
	m.acted = append(m.acted, m.clock)
	start := stamp
	if r.hold == 0 && e.GetObservedAt() != nil {
		start = e.GetObservedAt().AsTime()
	}
	if r.hold == 0 && start.After(m.arrived[e]) {
		start = m.arrived[e]
	}
	until := start.Add(r.pause)
	switch l := active[id]; {
	case !until.After(m.clock):
	case l == nil:
		m.leases = append(m.leases, &modelLease{alert: id, from: stamp, until: until})
	case until.After(l.until):
		l.until = until
	}
	return true
}
