package engine

import (
	"fmt"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	"github.com/signalbox-io/signalbox/services/router/match"
)

// conditions are what is asked of events. One index finds those that an event
// meets; they are numbered in the order in which they matter: the clauses of
// `given`, then `hold.until`, then `on` and `when`, each in the order of the
// rules.
type conditions struct {
	clauses []*clause
	enders  []*ruleState
	judges  []*ruleState
	// readsPaused tells whether an expression reads `paused`.
	readsPaused bool

	// reader has read the event that arrives, matcher one that was held back:
	// those are judged while the other one arrives.
	reader, matcher *match.Matcher
	matched         []found // of the event that was asked about last
}

// found is a condition that an event meets, or that failed on it.
type found struct {
	number int
	err    error
}

// listen registers what the rule asks of events. One that is off asks nothing.
func (c *conditions) listen(s *ruleState) {
	c.judges = append(c.judges, s)
	if h := s.rule.Hold; h != nil && h.Until != nil {
		c.enders = append(c.enders, s)
	}
	c.clauses = append(c.clauses, s.given...)
	c.readsPaused = c.readsPaused || strings.Contains(s.rule.Source.String(), "paused")
}

// build makes the index of what was registered. Rules are compiled for it, so
// that it fails is a fault of the program.
func (c *conditions) build() {
	list := make([]match.Condition, 0, len(c.clauses)+len(c.enders)+len(c.judges))
	for _, g := range c.clauses {
		list = append(list, match.Condition{Kinds: []event.Kind{g.On}, Program: g.Where})
	}
	for _, s := range c.enders {
		list = append(list, match.Condition{Kinds: s.rule.Hold.UntilKinds, Program: s.rule.Hold.Until})
	}
	for _, s := range c.judges {
		list = append(list, match.Condition{Kinds: s.rule.On, Program: s.rule.When})
	}
	index, err := match.New(list)
	if err != nil {
		panic("engine: index the rules: " + err.Error())
	}
	c.reader, c.matcher = match.NewMatcher(index), match.NewMatcher(index)
}

// match asks which conditions the event meets, which the matcher has read. One
// that meets any is whole from here on.
func (e *Engine) match(a *arrival, m *match.Matcher) {
	var paused func() bool
	if e.readsPaused {
		paused = func() bool { return e.leases.isPaused(whole(a, m)) }
	}
	numbers, failures := m.Match(paused)
	e.matched = e.matched[:0]
	for _, n := range numbers {
		for len(failures) > 0 && failures[0].Condition < n {
			e.matched = append(e.matched, found{failures[0].Condition, failures[0].Err})
			failures = failures[1:]
		}
		e.matched = append(e.matched, found{number: n})
	}
	for _, f := range failures {
		e.matched = append(e.matched, found{f.Condition, f.Err})
	}
	if len(e.matched) > 0 {
		e.read(whole(a, m))
	}
}

// keyed evaluates the key of a condition that holds; ok is false where a part of
// it has no value.
func keyed(a *arrival, f found, key []*expr.Program) (values []string, ok bool, err error) {
	if f.err != nil {
		return nil, false, f.err
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

// judgeAll judges the event, which [Engine.match] has asked about, by every rule
// whose conditions it meets.
func (e *Engine) judgeAll(out []Output, a *arrival, at place) []Output {
	isMatched, enders, judges := false, len(e.clauses), len(e.clauses)+len(e.enders)
	for _, f := range e.matched {
		switch {
		case f.number < enders:
		case f.number < judges:
			at.stage = stageEnd
			out = e.endHold(out, e.enders[f.number-enders], a, f, at)
		default:
			at.stage = stageRule
			var isAsked bool
			out, isAsked = e.judgeBy(out, e.judges[f.number-judges], a, f, at)
			isMatched = isMatched || isAsked
		}
	}
	if isMatched {
		e.stats.Matched++
	} else {
		e.stats.Unmatched++
	}
	return out
}

// judgeBy judges the event by one rule; false where its key has no value.
func (e *Engine) judgeBy(out []Output, s *ruleState, a *arrival, f found, at place) ([]Output, bool) {
	key, ok, err := keyed(a, f, s.rule.Key)
	j := &judgement{arrival: a, state: s, key: key, place: at}
	switch _, isKey := err.(keyError); { //nolint:errorlint // nothing wraps it
	case isKey:
		return append(out, e.failed(j, "key", err)), true
	case err != nil:
		return append(out, e.failed(j, "when", err)), true
	case !ok:
		return out, false
	default:
		j.joined = e.hasher.Of(key...)
		return e.begin(out, j), true
	}
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
