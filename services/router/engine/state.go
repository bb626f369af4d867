package engine

import (
	"time"

	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/state"
)

// ruleState is a rule and what it remembers. The firings belong to the rule's
// name, the rest to its name and state hash.
type ruleState struct {
	name, hash string
	rule       *rule.Rule // nil for what a snapshot has of a rule
	index      int        // place in the set
	firings    *firings
	// windows hold the counted events of each key, tagged with the value that
	// counts where that is not the thing.
	windows *state.Table
	// counted are the things that were counted once.
	counted *state.Memory
	given   []*clause
	flaps   flaps
	// holds are the matches that must stand for a while, by key.
	holds map[state.Key]*judgement
	// ends are the events on which `hold.until` held.
	ends *state.Table
}

// clause is one entry of a rule's `given` and the causes it has met.
type clause struct {
	*rule.Given
	state  *ruleState
	index  int // place in `given`
	wait   time.Duration
	causes *state.Table
}

func (e *Engine) newState(r *rule.Rule) *ruleState {
	s := &ruleState{
		name: r.Name, hash: r.StateHash, firings: e.newFirings(), windows: e.newTable(), counted: e.newMemory(),
		flaps: e.newFlaps(), holds: map[state.Key]*judgement{}, ends: e.newTable(),
	}
	for i := range r.Given {
		s.given = append(s.given, &clause{state: s, index: i, causes: e.newTable()})
	}
	return s
}

// newTable returns an empty table on the engine's clock. How long it keeps what
// is said when it is swept.
func (e *Engine) newTable() *state.Table {
	t := state.NewTable(longest, e.settings.maxKeys())
	t.Tick(e.hour)
	return t
}

func (e *Engine) newMemory() *state.Memory {
	m := state.NewMemory(memoryDays)
	m.Tick(e.hour)
	return m
}

// follow makes the rule that of the state, which has its name and hash.
func (s *ruleState) follow(index int, r *rule.Rule, settings Settings) {
	s.rule, s.index = r, index
	s.firings.follow(r)
	for i, c := range s.given {
		c.Given = &r.Given[i]
		c.wait = settings.Wait[c.On]
		if c.HasWait {
			c.wait = c.Wait
		}
	}
}

// keys is how many keys the state has, one for each thing that is remembered of
// a key.
func (s *ruleState) keys() int {
	n := s.firings.keys() + s.windows.Len() + s.flaps.keys() + len(s.holds) + s.ends.Len()
	for _, c := range s.given {
		n += c.causes.Len()
	}
	return n
}

func (s *ruleState) longestWait() time.Duration {
	var wait time.Duration
	for _, c := range s.given {
		wait = max(wait, c.wait)
	}
	return wait
}

// sweep forgets what no event that is in time can need.
func (s *ruleState) sweep(e *Engine) {
	s.counted.Tick(e.hour)
	wait := s.longestWait()
	if s.rule.Count != nil {
		e.expire(s.windows, s.rule.Count.Within, wait)
	}
	for _, c := range s.given {
		e.expire(c.causes, c.Within, wait)
	}
	if s.rule.Flap != nil {
		s.flaps.sweep(e, s.rule.Flap.Within, wait)
	}
	var held time.Duration
	if s.rule.Hold != nil {
		held = s.rule.Hold.For
		e.expire(s.ends, held, wait)
		e.forgetHolds(s, e.horizon(held, wait))
	}
	s.firings.sweep(e, wait+held)
}

// rebase lets what came by a clock that was ahead count as having come now.
func (s *ruleState) rebase(e *Engine) {
	s.counted.Rebase(e.hour)
	s.windows.Rebase(e.hour, e.ageFrom)
	s.ends.Rebase(e.hour, e.ageFrom)
	s.flaps.rebase(e)
	s.firings.rebase(e)
	for _, c := range s.given {
		c.causes.Rebase(e.hour, e.ageFrom)
	}
	for _, j := range s.holds {
		j.hour = min(j.hour, e.ageFrom(j.at))
	}
}
