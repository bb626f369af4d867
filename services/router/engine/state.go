package engine

import (
	"time"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// ruleState is a rule and what it remembers.
type ruleState struct {
	rule  *rule.Rule
	index int // place in the set
	// windows hold the counted events of each key.
	windows map[string]timeline
	// counted are the things that were counted once.
	counted  memory
	given    []*clause
	cooldown *cooldown
}

// clause is one entry of a rule's `given` and the causes it has met.
type clause struct {
	*rule.Given
	state  *ruleState
	index  int // place in `given`
	wait   time.Duration
	causes map[string]timeline
}

// addRule makes the empty state of a rule and registers what it listens to.
func (e *Engine) addRule(index int, r *rule.Rule) {
	s := &ruleState{rule: r, index: index, windows: map[string]timeline{}}
	for i := range r.Given {
		c := &clause{Given: &r.Given[i], state: s, index: i, causes: map[string]timeline{}}
		c.wait = e.settings.Wait[c.On]
		if c.HasWait {
			c.wait = c.Wait
		}
		s.given = append(s.given, c)
	}
	s.cooldown = &cooldown{length: r.Cooldown, fired: map[string]timeline{}}
	e.rules = append(e.rules, s)
	if r.Mode == rule.Off {
		return
	}
	for _, kind := range r.On {
		e.judges[kind] = append(e.judges[kind], s)
	}
	for _, c := range s.given {
		e.clauses[c.On] = append(e.clauses[c.On], c)
	}
}
