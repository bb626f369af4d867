package engine

import (
	"slices"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Switch lets another set decide from here on. A rule that keeps its name and
// state hash keeps its windows, causes, flapping and holds, and what waits for
// it; cooldowns and limits belong to the name alone and outlive the rule. Leases
// stay and end in time, also those of rules that are gone; so do events that are
// held back, which the new set judges. Nothing is decided by switching.
func (e *Engine) Switch(set *rule.Set) []Output { return e.SwitchWarm(set, nil) }

// SwitchWarm is [Engine.Switch] to the set of the warmer, which then has been shown
// the events before the switch: rules that would begin empty have its windows. nil
// warms nothing.
func (e *Engine) SwitchWarm(set *rule.Set, w *Warmer) []Output {
	former := map[string]*ruleState{}
	for _, s := range e.rules {
		former[s.name] = s
	}
	w.fill(e, former)
	e.install(set, former)
	e.readAnew()
	e.sweep() // what the set needs no longer must not be seen until the next hour
	return nil
}

// readAnew lets expressions of the set read what those before it did not: what
// waits or stands may not know whether its alert is paused.
func (e *Engine) readAnew() {
	for _, t := range slices.Concat(e.agenda.timers, e.standing.timers) {
		if t.judgement != nil {
			e.read(t.judgement.arrival)
		}
	}
}

// install makes the set the one that decides. former is what is remembered, by
// name; what the set has no use for is dropped.
func (e *Engine) install(set *rule.Set, former map[string]*ruleState) {
	e.version, e.conditions, e.rules = set.Version(), conditions{}, nil
	for i, r := range set.Rules() {
		s := e.stateFor(r, former[r.Name])
		delete(former, r.Name)
		s.follow(i, r, e.settings)
		e.rules = append(e.rules, s)
		if r.Mode != rule.Off {
			e.listen(s)
		}
	}
	e.build()
	for name, s := range former {
		if s.firings.keys() > 0 {
			e.retired[name] = s.firings
		}
	}
	e.dropOrphans()
}

// stateFor returns the state of a rule that goes on from a former one of its
// name, nil for none.
func (e *Engine) stateFor(r *rule.Rule, former *ruleState) *ruleState {
	if former != nil && former.hash == r.StateHash {
		return former
	}
	s := e.newState(r)
	if former != nil {
		s.firings = former.firings
	} else if f := e.retired[r.Name]; f != nil {
		s.firings = f
	}
	delete(e.retired, r.Name)
	return s
}

// dropOrphans drops what waits or stands for a rule that is gone, has changed or
// is off.
func (e *Engine) dropOrphans() {
	alive := map[*ruleState]bool{}
	for _, s := range e.rules {
		alive[s] = s.rule.Mode != rule.Off
	}
	var orphans []*judgement
	isKept := func(t *timer) bool {
		if t.judgement == nil || alive[t.judgement.state] {
			return true
		}
		orphans = append(orphans, t.judgement)
		return false
	}
	e.agenda.keep(isKept)
	e.standing.keep(isKept)
	for _, j := range orphans {
		if j.stamp.IsZero() {
			e.waiting.forget(j)
		} else {
			e.fall(j)
		}
	}
}
