package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/state"
)

// judgement is one event before one rule, whose `on` and `when` it meets.
type judgement struct {
	*arrival
	state  *ruleState
	key    []string
	joined state.Key // stands for the key where state is kept
	place  place     // of what it gives
	// uncounted says why the event has not entered the rule's window, empty if it
	// has.
	uncounted string
	// counted and found are what the clauses saw, until settle has told of them.
	counted sights
	found   []cause
	// causes and detail are what a decision says of that.
	causes    []string
	detail    string
	isSettled bool
	// stamp is the end of its hold, zero if it was not held: it is decided as of
	// then.
	stamp time.Time
	pause
	// actions are what the rule asks for, once they are made.
	actions []*actionv1.Action
}

// when is the time as of which the judgement is made.
func (j *judgement) when() time.Time {
	if j.stamp.IsZero() {
		return j.at
	}
	return j.stamp
}

// thing stands for the event's thing, of that native id, in what is remembered of
// the key.
func (j *judgement) thing(native string) state.Key {
	return state.KeyOf(append(slices.Clone(j.key), j.event.GetSource(), native)...)
}

// settle tells what the clauses saw, which may change from here on.
func (j *judgement) settle() {
	if j.isSettled {
		return
	}
	j.causes, j.detail, j.isSettled = causesOf(j.counted, j.found), firedDetail(j), true
	j.counted, j.found = sights{}, nil
}

// verdict is what a clause says.
type verdict int

const (
	passes verdict = iota
	stops          // the output is the decision
	waits          // it is judged again later
)

// clauses are those that say whether there is a match, in their order.
func clauses() [5]func(*Engine, *judgement) (Output, verdict) {
	return [...]func(*Engine, *judgement) (Output, verdict){
		(*Engine).count, (*Engine).unless, (*Engine).given, (*Engine).flap, (*Engine).hold,
	}
}

// brakes are those that keep a match from acting, in their order.
func brakes() [5]func(*Engine, *judgement) (Output, verdict) {
	return [...]func(*Engine, *judgement) (Output, verdict){
		(*Engine).mute, (*Engine).cooldown, (*Engine).limit, (*Engine).room, (*Engine).safety,
	}
}

// judge evaluates everything from `count` on with the state as it is. Where the
// judgement is put off, out gets nothing, or the word that it stands.
func (e *Engine) judge(out []Output, j *judgement, at place) []Output {
	j.place = at
	e.noteAnew(j)
	for i, clause := range clauses() {
		o, v := clause(e, j)
		e.note(j, clauseNames()[i], o, v)
		switch v {
		case passes:
		case stops:
			return append(out, o)
		default:
			return out
		}
	}
	j.settle()
	return e.conclude(out, j)
}

// conclude evaluates everything from `mute` on.
func (e *Engine) conclude(out []Output, j *judgement) []Output {
	for i, brake := range brakes() {
		o, v := brake(e, j)
		e.note(j, brakeNames()[i], o, v)
		if v != passes {
			return append(out, o)
		}
	}
	return append(out, e.fire(j))
}

// unless evaluates what must not hold.
func (e *Engine) unless(j *judgement) (Output, verdict) {
	condition := j.state.rule.Unless
	if condition == nil {
		return Output{}, passes
	}
	switch ok, err := holds(condition, j.vars); {
	case err != nil:
		return e.failed(j, "unless", err), stops
	case ok:
		j.causes = causesOf(j.counted, nil)
		return e.held(j, decisionv1.Outcome_OUTCOME_UNLESS, "unless", clipped(condition.String(), maxShownKey)), stops
	default:
		return Output{}, passes
	}
}

// fire decides for a judgement that nothing holds. A rule whose actions
// cannot be asked for has not fired.
func (e *Engine) fire(j *judgement) Output {
	if err := e.make(j); err != nil {
		return e.failed(j, "do", err)
	}
	outcome, clauseName := outcomeOf(j.state.rule.Mode)
	d := e.decision(j, outcome, clauseName, j.detail)
	d.Causes, d.Actions = j.causes, refsOf(j.actions)
	e.fired(j)
	o := e.output(j, d)
	if outcome != decisionv1.Outcome_OUTCOME_SHADOW {
		o.Actions = j.actions
		if !e.isIdle {
			e.ask(j)
		}
	}
	return o
}

// outcomeOf is the outcome of a rule that fires in that mode, and its clause.
func outcomeOf(mode rule.Mode) (outcome decisionv1.Outcome, clauseName string) {
	switch mode {
	case rule.Shadow:
		return decisionv1.Outcome_OUTCOME_SHADOW, "mode"
	case rule.Suggest:
		return decisionv1.Outcome_OUTCOME_SUGGESTED, "mode"
	default:
		return decisionv1.Outcome_OUTCOME_FIRED, ""
	}
}

// fired spends what a rule spends when it fires, in whatever mode, and also when
// safety refuses it.
func (e *Engine) fired(j *judgement) {
	s := j.state
	if s.rule.Count != nil && s.rule.Count.Reset {
		s.windows.Delete(j.joined)
	}
	s.firings.record(j, e.ageFrom(j.when()))
}

// make makes the actions, once.
func (e *Engine) make(j *judgement) error {
	if j.actions != nil || len(j.state.rule.Do) == 0 {
		return nil
	}
	outcome, clauseName := outcomeOf(j.state.rule.Mode)
	var err error
	j.actions, err = e.actions(j, e.decisionID(j, outcome, clauseName))
	return err
}

// causesOf returns the ids of the counted events and the causes in one order,
// oldest first. Of very many counted ones the latest stand for all.
func causesOf(counted sights, found []cause) []string {
	all := counted.latest(maxCauses)
	for _, x := range found {
		if at, known := slices.BinarySearchFunc(all, x.Entry, state.Entry.Compare); !known {
			all = slices.Insert(all, at, x.Entry)
		}
	}
	return idsOf(all)
}

// firedDetail says what was seen.
func firedDetail(j *judgement) string {
	var seen []string
	if n := j.state.rule.Count; n != nil {
		seen = append(seen, countDetail(n, j.counted))
	}
	closed := 0
	for _, x := range j.found {
		switch {
		case x.clause == nil:
			closed++
		case len(j.state.given) > 1:
			seen = append(seen, fmt.Sprintf("given[%d] lag %s", x.clause.index, short(j.at.Sub(x.At))))
		default:
			seen = append(seen, "lag "+short(j.at.Sub(x.At)))
		}
	}
	if f := j.state.rule.Flap; f != nil {
		seen = append(seen, closedDetail(f, closed))
	}
	if h := j.state.rule.Hold; h != nil {
		seen = append(seen, "stood for "+short(h.For))
	}
	return strings.Join(seen, ", ")
}
