package engine

import (
	"time"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// ruleState is a rule and what it remembers. The firings belong to the rule's
// name, the rest to its name and state hash.
type ruleState struct {
	name, hash string
	rule       *rule.Rule // nil for what a snapshot has of a rule
	index      int        // place in the set
	firings    *firings
	// windows hold the counted events of each key.
	windows timelines
	// counted are the things that were counted once.
	counted memory
	given   []*clause
	flaps   flaps
	// holds are the matches that must stand for a while, by key.
	holds map[string]*judgement
	// ends are the events on which `hold.until` held.
	ends timelines
}

// clause is one entry of a rule's `given` and the causes it has met.
type clause struct {
	*rule.Given
	state  *ruleState
	index  int // place in `given`
	wait   time.Duration
	causes timelines
}

func newState(r *rule.Rule) *ruleState {
	s := &ruleState{name: r.Name, hash: r.StateHash, firings: &firings{}, holds: map[string]*judgement{}}
	for i := range r.Given {
		s.given = append(s.given, &clause{state: s, index: i})
	}
	return s
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
	n := s.firings.keys() + s.windows.len() + s.flaps.keys() + len(s.holds) + s.ends.len()
	for _, c := range s.given {
		n += c.causes.len()
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
func (s *ruleState) sweep(e *Engine, day int64) {
	s.counted.expire(day)
	wait := s.longestWait()
	if s.rule.Count != nil {
		s.windows.sweep(e.hour, e.horizon(s.rule.Count.Within, wait))
	}
	for _, c := range s.given {
		c.causes.sweep(e.hour, e.horizon(c.Within, wait))
	}
	if s.rule.Flap != nil {
		s.flaps.sweep(e.hour, e.horizon(s.rule.Flap.Within, wait), day)
	}
	var held time.Duration
	if s.rule.Hold != nil {
		held = s.rule.Hold.For
		s.ends.sweep(e.hour, e.horizon(held, wait))
		e.forgetHolds(s, e.horizon(held, wait))
	}
	s.firings.sweep(e, wait+held)
}

// rebase lets what came by a clock that was ahead count as having come now.
func (s *ruleState) rebase(e *Engine, today int64) {
	s.counted.rebase(today)
	s.windows.rebase(e.ageFrom)
	s.ends.rebase(e.ageFrom)
	s.flaps.rebase(e.ageFrom, today)
	s.firings.rebase(e.ageFrom)
	for _, c := range s.given {
		c.causes.rebase(e.ageFrom)
	}
	for _, j := range s.holds {
		j.hour = min(j.hour, e.ageFrom(j.at))
	}
}
