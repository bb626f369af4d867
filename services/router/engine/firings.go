package engine

import (
	"time"

	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/state"
)

// groupings are the ways in which firings are counted together, in the order in
// which snapshots have them.
func groupings() [4]rule.Across {
	return [...]rule.Across{rule.AcrossRule, rule.AcrossKey, rule.AcrossTarget, rule.AcrossSource}
}

// firings are when a rule fired, for its cooldown and its limits. They belong to
// the rule's name.
type firings [4]fired // as groupings

// fired are the firings of each group.
type fired struct {
	// length is how long a firing counts; isNeeded tells whether the rule that is
	// there asks for it.
	length   time.Duration
	isNeeded bool
	*state.Table
}

func (e *Engine) newFirings() *firings {
	f := &firings{}
	for i := range f {
		f[i].Table = e.newTable()
	}
	return f
}

// follow makes the firings those that the rule asks for. What it does not ask for
// any more is kept for as long as it was to be.
func (f *firings) follow(r *rule.Rule) {
	for i, across := range groupings() {
		var length time.Duration
		if across == rule.AcrossKey {
			length = r.Cooldown
		}
		for _, l := range r.Limits {
			if l.Across == across {
				length = max(length, l.Per)
			}
		}
		f[i].isNeeded = length > 0
		if f[i].isNeeded {
			f[i].length = length
		}
	}
}

// of returns the firings of a group.
func (f *firings) of(across rule.Across, group state.Key) state.Run {
	for i, a := range groupings() {
		if a == across {
			return f[i].Run(group)
		}
	}
	return state.Run{}
}

// record notes that the judgement fired.
func (f *firings) record(j *judgement, hour int64) {
	for i, across := range groupings() {
		if !f[i].isNeeded {
			continue
		}
		var room [1]group
		for _, g := range j.groups(across, room[:0]) {
			f[i].Add(g.key, j.when(), j.event.GetId(), hour)
		}
	}
}

// hasRoom reports whether the judgement's firing can be remembered.
func (f *firings) hasRoom(j *judgement) bool {
	for i, across := range groupings() {
		if !f[i].isNeeded {
			continue
		}
		var room [1]group
		var keys [1]state.Key
		if !f[i].HasRoom(keysOf(j.groups(across, room[:0]), keys[:0])...) {
			return false
		}
	}
	return true
}

func (f *firings) keys() int {
	n := 0
	for i := range f {
		n += f[i].Len()
	}
	return n
}

func (f *firings) sweep(e *Engine, wait time.Duration) {
	for i := range f {
		e.expire(f[i].Table, f[i].length, wait)
	}
}

func (f *firings) rebase(e *Engine) {
	for i := range f {
		f[i].Rebase(e.hour, e.ageFrom)
	}
}

// group is one of those that a firing is counted in: the key under which it is
// kept, and how people are told of it.
type group struct {
	key  state.Key
	name string
}

// groups appends the groups of that grouping, each once, to none. Those of targets
// and sources are known when the actions are made.
func (j *judgement) groups(across rule.Across, groups []group) []group {
	switch across {
	case rule.AcrossRule:
		return append(groups, group{key: state.KeyOf()})
	case rule.AcrossKey:
		return append(groups, group{key: j.joined})
	case rule.AcrossTarget, rule.AcrossSource:
	}
	for _, a := range j.actions {
		g := group{key: state.KeyOf(a.GetSource()), name: a.GetSource()}
		if across == rule.AcrossTarget {
			g = group{key: state.KeyOf(a.GetSource(), a.GetTarget()), name: clipped(a.GetTarget(), maxShownKey)}
		}
		groups = appendNew(groups, g)
	}
	return groups
}

func appendNew(groups []group, g group) []group {
	for _, known := range groups {
		if known.key == g.key {
			return groups
		}
	}
	return append(groups, g)
}

// keysOf appends the keys of the groups.
func keysOf(groups []group, keys []state.Key) []state.Key {
	for _, g := range groups {
		keys = append(keys, g.key)
	}
	return keys
}

// room asks whether the firing can be remembered: a rule that could not keep
// quiet after it must not fire.
func (e *Engine) room(j *judgement) (Output, verdict) {
	if err := e.make(j); err != nil {
		return e.failed(j, "do", err), stops
	}
	if !j.state.firings.hasRoom(j) {
		return e.failed(j, "key", e.full()), stops
	}
	return Output{}, passes
}
