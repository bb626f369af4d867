package engine

import (
	"cmp"
	"maps"
	"slices"
)

// Open is what the engine takes to be so until it hears otherwise.
type Open struct {
	// Actions are the ids of the actions whose approval or end it waits for, and of
	// those that hold a lease, sorted.
	Actions []string
	// Heard are the keys ([EndKey]) of the ends that it has heard of lately, among
	// other words.
	Heard map[string]bool
	// Unresumed are the alerts that count as paused although their lease is over by
	// the engine's clock, sorted.
	Unresumed []Target
}

// Target is what an action of a source acts on.
type Target struct{ Source, Name string }

func (t Target) compare(other Target) int {
	return cmp.Or(cmp.Compare(t.Source, other.Source), cmp.Compare(t.Name, other.Name))
}

// Open returns what the engine should hear the end of: whoever knows how it ended
// may tell it again.
func (e *Engine) Open() Open {
	var open Open
	actions, heard := map[string]bool{}, map[string]bool{}
	for id, x := range e.asked.byID {
		if x.isHeard() {
			heard[id] = true
		} else {
			actions[id] = true
		}
	}
	open.Heard = heard
	for _, l := range e.leases.active {
		for _, h := range l.holders {
			actions[h.action] = true
		}
	}
	open.Actions = slices.Sorted(maps.Keys(actions))
	for source, targets := range e.budget.unresumed {
		for target := range targets {
			open.Unresumed = append(open.Unresumed, Target{Source: source, Name: target})
		}
	}
	slices.SortFunc(open.Unresumed, Target.compare)
	return open
}
