package engine

import (
	"time"

	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/state"
)

// Warmer goes over events from before a switch by the rules that would begin empty
// at it. Their windows, causes and flapping are then as if they had been in force;
// what they would have done is done by nobody, so it starts no cooldown and counts in
// no limit, and nothing waits or stands. It belongs to one goroutine.
type Warmer struct {
	engine *Engine
	fresh  map[string]bool
}

// Warmer returns one for a switch to the set, nil where no rule of it has anything
// to warm: each goes on from what it knows, or remembers nothing.
func (e *Engine) Warmer(set *rule.Set) *Warmer {
	known := map[string]string{}
	for _, s := range e.rules {
		known[s.name] = s.hash
	}
	w := &Warmer{fresh: map[string]bool{}}
	for _, r := range set.Rules() {
		if known[r.Name] != r.StateHash && windowOf(r) > 0 && r.Mode != rule.Off {
			w.fresh[r.Name] = true
		}
	}
	if len(w.fresh) == 0 {
		return nil
	}
	w.engine = New(set, e.settings)
	w.engine.isIdle = true
	w.engine.hush(w.fresh)
	return w
}

// windowOf is how long what a rule remembers of events lasts.
func windowOf(r *rule.Rule) time.Duration {
	var longest time.Duration
	if r.Count != nil {
		longest = r.Count.Within
	}
	for _, g := range r.Given {
		longest = max(longest, g.Within)
	}
	if r.Flap != nil {
		longest = max(longest, 2*r.Flap.Within) // the flapping, and the quiet that ends it
	}
	if r.Hold != nil && r.Hold.Until != nil {
		longest = max(longest, r.Hold.For)
	}
	return longest
}

// hush lets only those rules listen.
func (e *Engine) hush(but map[string]bool) {
	e.conditions = conditions{}
	for _, s := range e.rules {
		if but[s.name] {
			e.listen(s)
		}
	}
	e.build()
}

// Reach is how long before the switch an event may have been stored that matters.
func (w *Warmer) Reach() time.Duration {
	e := w.engine
	var longest time.Duration
	for _, s := range e.rules {
		if w.fresh[s.name] {
			longest = max(longest, windowOf(s.rule)+s.longestWait())
		}
	}
	return longest + e.settings.MaxLateness + e.settings.Reorder
}

// Event shows one event, from in.Wire where in.Event is nil; what holds none is
// passed over.
func (w *Warmer) Event(in Input) {
	if in.Event != nil {
		w.engine.Event(in)
		return
	}
	_, _ = w.engine.Wire(in)
}

// fill puts what was warmed in the place of what is remembered by those names, as of
// the engine's clock.
func (w *Warmer) fill(e *Engine, former map[string]*ruleState) {
	if w == nil {
		return
	}
	w.engine.Advance(e.clock)
	if w.engine.clock.After(e.clock) {
		w.engine.rebase(e.clock)
	}
	for _, s := range w.engine.rules {
		if !w.fresh[s.name] {
			continue
		}
		s.holds = map[state.Key]*judgement{}
		s.firings = e.newFirings()
		if old := former[s.name]; old != nil {
			s.firings = old.firings
		} else if f := e.retired[s.name]; f != nil {
			s.firings = f
			delete(e.retired, s.name)
		}
		former[s.name] = s
	}
}
