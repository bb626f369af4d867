package engine

import (
	"fmt"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
)

// conditions are what is asked of events, by kind. Whatever finds those that an
// event meets finds them here, and in the order of the rules.
type conditions struct {
	judges  map[event.Kind][]*ruleState // by `on` and `when`
	enders  map[event.Kind][]*ruleState // by `hold.until`
	clauses map[event.Kind][]*clause    // by `given`
	// readsPaused tells whether an expression reads `paused`.
	readsPaused bool
}

func newConditions() conditions {
	return conditions{
		judges: map[event.Kind][]*ruleState{}, enders: map[event.Kind][]*ruleState{}, clauses: map[event.Kind][]*clause{},
	}
}

// listen registers what the rule asks of events. One that is off asks nothing.
func (c *conditions) listen(s *ruleState) {
	for _, kind := range s.rule.On {
		c.judges[kind] = append(c.judges[kind], s)
	}
	if h := s.rule.Hold; h != nil && h.Until != nil {
		for _, kind := range h.UntilKinds {
			c.enders[kind] = append(c.enders[kind], s)
		}
	}
	for _, g := range s.given {
		c.clauses[g.On] = append(c.clauses[g.On], g)
	}
	c.readsPaused = c.readsPaused || strings.Contains(s.rule.Source.String(), "paused")
}

// meets evaluates a condition and a key on an event; where names the condition
// in errors. ok is false where the condition does not hold, or something has no
// value.
func meets(a *arrival, condition *expr.Program, key []*expr.Program) (values []string, ok bool, err error) {
	if ok, err = holds(condition, a.vars); err != nil || !ok {
		return nil, false, err
	}
	values, ok, err = keyOf(key, a.vars)
	if err != nil {
		err = keyError{err}
	}
	return values, ok, err
}

// keyError is the error of a key, told apart from that of the condition.
type keyError struct{ error }

func (e keyError) Unwrap() error { return e.error }

// judgeAll judges the event by every rule.
func (e *Engine) judgeAll(out []Output, a *arrival, at place) []Output {
	kind := event.KindOf(a.event)
	for _, s := range e.enders[kind] {
		out = e.endHold(out, s, a, at)
	}
	isMatched := false
	for _, s := range e.judges[kind] {
		key, ok, err := meets(a, s.rule.When, s.rule.Key)
		if err == nil && !ok {
			continue
		}
		isMatched = true
		j := &judgement{arrival: a, state: s, key: key, place: at}
		switch _, isKey := err.(keyError); { //nolint:errorlint // nothing wraps it
		case isKey:
			out = append(out, e.failed(j, "key", err))
		case err != nil:
			out = append(out, e.failed(j, "when", err))
		default:
			j.joined = stateKey(joinKey(key))
			out = e.begin(out, j)
		}
	}
	if isMatched {
		e.stats.Matched++
	} else {
		e.stats.Unmatched++
	}
	return out
}

// begin lets the event enter what the rule remembers of its key, and judges it.
func (e *Engine) begin(out []Output, j *judgement) []Output {
	if clauseName, err := e.remember(j); err != nil {
		return append(out, e.failed(j, clauseName, err))
	}
	return e.judge(out, j, j.place)
}

// remember puts the event into the window and the flapping of its key.
func (e *Engine) remember(j *judgement) (clauseName string, err error) {
	if err = e.countIn(j); err != nil {
		return "count", err
	}
	if err = e.flapIn(j); err != nil {
		return "flap", err
	}
	return "", nil
}

// fullError is the error of a key that a rule has no room for.
type fullError struct{ keys int }

func (e fullError) Error() string {
	return fmt.Sprintf("the rule remembers %d keys, as many as it may (engine.max_keys_per_rule), and this is another: give it a coarser key or a shorter window", e.keys)
}

// full counts and returns the error of a key that there is no room for.
func (e *Engine) full() error {
	e.stats.RefusedKeys++
	return fullError{keys: e.settings.maxKeys()}
}
