package engine_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// modelRules are the rules that the model knows by heart. Judgements wait for
// causes where wait says so, which the model does not.
func modelRules(wait bool) string {
	text := `
rules:
  - {name: counts, mode: shadow, on: [anomaly, feedback], count: {at_least: 2, within: 10m}}
  - {name: resets, mode: shadow, on: [anomaly], count: {at_least: 2, within: 10m, reset: true}, cooldown: 5m}
  - {name: distinct, mode: shadow, on: [anomaly, feedback], count: {at_least: 2, within: 10m, distinct: event.title}, unless: event.title == "low"}
  - {name: cools, mode: auto, on: [anomaly], key: [event.entity, event.source], cooldown: 10m, do: [{publish: {subject: s}}]}
  - {name: correlates, mode: shadow, on: [anomaly], given: [{on: traffic, key: [event.entity], within: 10m, WAIT}, {on: feedback, key: [event.entity], within: 20m, wait: 5m}], cooldown: 3m}
  - {name: twice, mode: shadow, on: [feedback], given: [{on: feedback, key: [event.entity], within: 10m, at_least: 2, WAIT}]}
  - {name: misses, mode: shadow, on: [anomaly], given: [{on: traffic, key: [event.entity], within: 5m, absent: true, WAIT}], limits: [{max: 2, per: 10m}]}
  - {name: flaps, mode: shadow, on: [anomaly, feedback], flap: {at_least: 2, within: 8m}}
  - {name: holds, mode: shadow, on: [anomaly, feedback], when: event.title != "", hold: {for: 4m, until: event.title == "low"}, cooldown: 6m}
  - {name: mutes, mode: shadow, on: [traffic], mute: [w], limits: [{max: 3, per: 20m, across: key}, {max: 4, per: 20m}]}
  - {name: pauses, mode: auto, on: [feedback], unless: paused, do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 7m}}]}
  - {name: limited, mode: auto, on: [feedback], limits: [{max: 1, per: 9m, across: target}], hold: {for: 3m}, do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 12m}}]}
  - {name: tells, mode: shadow, on: [anomaly], unless: paused}
mute_windows: {w: {from: "00:20", to: "00:40"}}
`
	if !wait {
		return strings.NewReplacer("WAIT", "wait: 0s", "wait: 5m", "wait: 0s").Replace(text)
	}
	return strings.ReplaceAll(text, ", WAIT", "")
}

// modelled are the same rules in the model's words.
func modelled() []*modelRule {
	low := func(e *eventv1.Event) bool { return e.GetTitle() == "low" }
	return []*modelRule{
		{name: "counts", kinds: "anomaly feedback", atLeast: 2},
		{name: "resets", kinds: "anomaly", atLeast: 2, reset: true, cooldown: 5 * time.Minute},
		{name: "distinct", kinds: "anomaly feedback", atLeast: 2, distinct: true, unless: low},
		{name: "cools", kinds: "anomaly", cooldown: 10 * time.Minute},
		{name: "correlates", kinds: "anomaly", cooldown: 3 * time.Minute, given: []modelGiven{{"traffic", 10, 1, false}, {"feedback", 20, 1, false}}},
		{name: "twice", kinds: "feedback", given: []modelGiven{{"feedback", 10, 2, false}}},
		{name: "misses", kinds: "anomaly", given: []modelGiven{{"traffic", 5, 1, true}}, limits: []modelLimit{{2, 10, "rule"}}},
		{name: "flaps", kinds: "anomaly feedback", flap: 2, quiet: 8 * time.Minute},
		{name: "holds", kinds: "anomaly feedback", titled: true, hold: 4 * time.Minute, until: low, cooldown: 6 * time.Minute},
		{name: "mutes", kinds: "traffic", mute: true, limits: []modelLimit{{3, 20, "key"}, {4, 20, "rule"}}},
		{name: "pauses", kinds: "feedback", unlessPaused: true, pause: 7 * time.Minute},
		{name: "limited", kinds: "feedback", limits: []modelLimit{{1, 9, "target"}}, hold: 3 * time.Minute, pause: 12 * time.Minute},
		{name: "tells", kinds: "anomaly", unlessPaused: true},
	}
}

// model decides by the words of docs/rules.md alone: it keeps every event for
// ever and looks at all of them each time.
type model struct {
	clock  time.Time
	taken  []*eventv1.Event
	rules  []*modelRule
	leases []*modelLease
	acted  []time.Time
}

type modelRule struct {
	name, kinds     string
	titled          bool // the title must not be empty
	atLeast         int
	reset, distinct bool
	unless, until   func(*eventv1.Event) bool
	unlessPaused    bool
	given           []modelGiven
	flap            int
	quiet, hold     time.Duration
	mute            bool
	cooldown        time.Duration
	limits          []modelLimit
	pause           time.Duration

	counted map[string]bool // entity and native id
	window  []*eventv1.Event
	met     []*eventv1.Event // whatever came before the rule
	begun   []*eventv1.Event // flapping
	stands  []*modelStanding
	fired   []modelFiring
}

type modelGiven struct {
	kind            string
	minutes, number int
	absent          bool
}

type modelLimit struct {
	max, minutes int
	across       string
}

type modelLease struct {
	alert       string
	from, until time.Time
	isOver      bool
}

type modelStanding struct {
	event  *eventv1.Event
	over   time.Time
	causes []string
}

type modelFiring struct {
	at                  time.Time
	key, target, source string
}

func (m *model) event(e *eventv1.Event, now time.Time) []string {
	out := m.advance(now)
	if slices.ContainsFunc(m.taken, func(o *eventv1.Event) bool { return o.GetId() == e.GetId() }) {
		return out
	}
	m.taken = append(m.taken, e)
	if e.GetObservedAt() != nil && e.GetObservedAt().AsTime().Sub(occurred(e)) > 10*time.Minute {
		return append(out, " "+e.GetId()+" LATE")
	}
	for _, r := range m.rules {
		if r.until != nil && strings.Contains(r.kinds, kindName(e)) && r.until(e) {
			out = append(out, r.end(e)...)
		}
	}
	for _, r := range m.rules {
		if strings.Contains(r.kinds, kindName(e)) && (!r.titled || e.GetTitle() != "") {
			out = append(out, r.name+" "+e.GetId()+" "+r.judge(m, e))
		}
	}
	return out
}

// advance lets happen what is due, one after the other.
func (m *model) advance(now time.Time) []string {
	var out []string
	for {
		var first *modelLease
		for _, l := range m.leases {
			if !l.isOver && (first == nil || cmp.Or(l.until.Compare(first.until), cmp.Compare(l.alert, first.alert)) < 0) {
				first = l
			}
		}
		var rule *modelRule
		var standing *modelStanding
		for _, r := range m.rules {
			for _, s := range r.stands {
				if standing == nil || cmp.Or(s.over.Compare(standing.over), before(s.event, standing.event)) < 0 {
					rule, standing = r, s
				}
			}
		}
		switch {
		case first != nil && !first.until.After(now) && (standing == nil || !standing.over.Before(first.until)):
			m.clock, first.isOver = first.until, true
			out = append(out, "RESUMED "+first.alert)
		case standing != nil && !standing.over.After(now):
			m.clock = standing.over
			rule.stands = slices.DeleteFunc(rule.stands, func(s *modelStanding) bool { return s == standing })
			out = append(out, rule.name+" "+standing.event.GetId()+" "+rule.act(m, standing.event, standing.over, standing.causes))
		default:
			m.clock = now
			return out
		}
	}
}

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

func (r *modelRule) judge(m *model, e *eventv1.Event) string {
	r.met = append(r.met, e)
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
		if stamp.After(m.clock) {
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

func (m *model) correlate(r *modelRule, e *eventv1.Event) (found []*eventv1.Event, isMissing bool) {
	for _, g := range r.given {
		var there []*eventv1.Event
		for _, o := range m.taken {
			age := occurred(e).Sub(occurred(o))
			if o != e && kindName(o) == g.kind && o.GetEntity() == e.GetEntity() && 0 <= age && age <= time.Duration(g.minutes)*time.Minute {
				there = append(there, o)
			}
		}
		slices.SortFunc(there, before)
		if len(there) >= g.number {
			found = append(found, there[len(there)-1])
		}
		isMissing = isMissing || (len(there) >= g.number) == g.absent
	}
	return found, isMissing
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
	return r.until(e) || slices.ContainsFunc(m.taken, func(o *eventv1.Event) bool {
		isLate := o.GetObservedAt() != nil && o.GetObservedAt().AsTime().Sub(occurred(o)) > 10*time.Minute
		return !isLate && strings.Contains(r.kinds, kindName(o)) && r.until(o) && o.GetEntity() == e.GetEntity() &&
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
	recent, active := 0, map[string]*modelLease{}
	for _, t := range m.acted {
		if m.clock.Sub(t) < time.Hour {
			recent++
		}
	}
	for _, l := range m.leases {
		if !l.isOver {
			active[l.alert] = l
		}
	}
	if id == "z" || recent >= 4 || active[id] == nil && len(active) >= 2 {
		return false
	}
	m.acted = append(m.acted, m.clock)
	start := stamp
	if r.hold == 0 && e.GetObservedAt() != nil {
		start = e.GetObservedAt().AsTime()
	}
	if r.hold == 0 && start.After(m.clock) {
		start = m.clock
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

func TestProperty_DecidesAsTheWordsSay(t *testing.T) {
	t.Parallel()
	set := load(t, modelRules(false))
	rapid.Check(t, func(t *rapid.T) {
		e, m := engine.New(set, propertySettings()), &model{rules: modelled()}
		for _, in := range drawInputs(t) {
			require.Equal(t, m.event(in.Event, in.Time), modelWords(e.Event(in)))
			if rapid.IntRange(0, 5).Draw(t, "crash") == 0 {
				e = restored(t, set, propertySettings(), e)
			}
		}
	})
}

// modelWords writes outputs as the model does.
func modelWords(out []engine.Output) []string {
	var lines []string
	for _, o := range out {
		if o.Lease != nil {
			lines = append(lines, "RESUMED "+strings.TrimPrefix(o.Lease.GetTarget(), "alert:"))
			continue
		}
		line := o.Decision.GetRule() + " " + o.Decision.GetEventId() + " " + outcome(o.Decision)
		if outcome(o.Decision) != "LATE" {
			line += " " + fmt.Sprint(append([]string{}, o.Decision.GetCauses()...))
		}
		lines = append(lines, strings.NewReplacer("SHADOW", "fires", "FIRED", "fires").Replace(line))
	}
	return lines
}
