package backtest

import (
	"time"

	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Reach returns how far back before an event the clauses of a set look: as much
// is gone over before a window, so that counts, cooldowns, causes and leases
// stand there as they would have stood. Whatever began before even that is not
// known: a cooldown that goes back over a chain of firings may stand
// differently.
func Reach(set *rule.Set, settings engine.Settings) time.Duration {
	var longest time.Duration
	for _, r := range set.Rules() {
		longest = max(longest, reachOf(r))
	}
	return longest + horizon(set, settings)
}

func reachOf(r *rule.Rule) time.Duration {
	longest := r.Cooldown
	if r.Count != nil {
		longest = max(longest, r.Count.Within)
	}
	for _, g := range r.Given {
		longest = max(longest, g.Within)
	}
	if r.Flap != nil {
		longest = max(longest, 2*r.Flap.Within) // the flapping, and the quiet that ends it
	}
	for _, l := range r.Limits {
		longest = max(longest, l.Per)
	}
	for _, a := range r.Do {
		longest = max(longest, a.For+r.ApproveWithin)
	}
	if r.Hold != nil {
		longest += r.Hold.For
	}
	return longest
}

// horizon returns how long after an event something that began before it can
// still be decided.
func horizon(set *rule.Set, settings engine.Settings) time.Duration {
	var wait time.Duration
	for _, r := range set.Rules() {
		for _, g := range r.Given {
			if g.HasWait {
				wait = max(wait, g.Wait)
			} else {
				wait = max(wait, settings.Wait[g.On])
			}
		}
	}
	return settings.MaxLateness + settings.Reorder + wait
}
