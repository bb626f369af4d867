package suite

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// explain adds to each difference why it is one, where that can be told.
func explain(s *Suite, c *Case, m *machine, rows []Row, why Why) {
	for i := range rows {
		row := &rows[i]
		if row.State == Same || row.State == Unexpected || row.Kind != kindDecision && row.Kind != kindAction {
			continue
		}
		if row.hasOutcome() {
			continue
		}
		if q, ok := question(s, c, m, row); ok {
			row.Why = why(q)
		} else if row.State == Missing && !slices.ContainsFunc(c.steps, row.isEvent) {
			row.Why = fmt.Sprintf("no event %s arrives in this case", row.Subject)
		}
	}
}

// hasOutcome reports whether the outcome is as expected, so that only what was
// seen or done differs.
func (r *Row) hasOutcome() bool {
	if r.record == nil || r.Kind != kindDecision {
		return r.record != nil
	}
	outcome := r.record.fields["outcome"]
	if len(r.item.fields) > 0 {
		want := r.item.value("outcome")
		return want == "" || want == outcome
	}
	return strings.HasPrefix(r.item.sentence, outcome)
}

func (r *Row) isEvent(s *step) bool { return s.kind == stepEvent && s.name == r.Subject }

// question finds the event and the rule of a row; false if it is not plain which
// rule is meant.
func question(s *Suite, c *Case, m *machine, row *Row) (Question, bool) {
	q := Question{Set: s.set, Settings: c.settings, Rule: ruleOf(s.set, row)}
	at := slices.IndexFunc(c.steps, row.isEvent)
	if at < 0 || q.Rule == nil {
		return q, false
	}
	q.Event = c.steps[at].event
	for _, st := range c.steps[:at] {
		if st.kind == stepEvent {
			q.Before = append(q.Before, st.event)
		}
	}
	for _, r := range m.records {
		if r.Kind == kindDecision && r.Subject == row.Subject && (r.rule == q.Rule.Name || r.rule == "") {
			q.Got = append(q.Got, r)
		}
	}
	return q, true
}

// ruleOf returns the rule that a row is about, nil where that is not said.
func ruleOf(set *rule.Set, row *Row) *rule.Rule {
	if r := set.Rule(row.item.value("rule")); r != nil {
		return r
	}
	if _, after, ok := strings.Cut(row.item.sentence, " by "); ok {
		name, _, _ := strings.Cut(after, ",")
		name, _, _ = strings.Cut(name, ";")
		if r := set.Rule(strings.TrimSpace(name)); r != nil {
			return r
		}
	}
	if row.record != nil {
		return set.Rule(row.record.rule)
	}
	if rules := set.Rules(); len(rules) == 1 {
		return rules[0]
	}
	return nil
}

// FirstFailed is a [Why] that names the clause which decided, or which did not
// let the rule judge the event at all.
func FirstFailed(q Question) string {
	for _, r := range q.Got {
		if clause := r.fields["clause"]; clause != "" {
			if detail := r.fields["detail"]; strings.HasPrefix(detail, clause) {
				return detail
			}
			return strings.TrimSuffix(clause+": "+r.fields["detail"], ": ")
		}
	}
	if len(q.Got) > 0 {
		return "nothing stood against it: every clause let it pass"
	}
	return unjudged(q)
}

// unjudged says why a rule made no decision about an event.
func unjudged(q Question) string {
	kind := event.KindOf(q.Event.Event)
	switch r := q.Rule; {
	case slices.ContainsFunc(q.Before, func(in engine.Input) bool { return in.Event.GetId() == q.Event.Event.GetId() }):
		return "an event of that id had arrived before"
	case r.Mode == rule.Off:
		return fmt.Sprintf("rule %s is off", r.Name)
	case !r.Judges(kind):
		return fmt.Sprintf("on: the event is of kind %s, rule %s is on %s", kind, r.Name, wordsOf(r.On))
	default:
		return unmatched(q, expr.EventVars(q.Event.Event))
	}
}

func wordsOf(kinds []event.Kind) string {
	var words []string
	for _, k := range kinds {
		words = append(words, string(k))
	}
	return strings.Join(words, ", ")
}

// unmatched says what of `when` and `key` an event does not meet.
func unmatched(q Question, vars expr.Vars) string {
	if q.Rule.When != nil {
		ok, err := q.Rule.When.Bool(vars)
		switch {
		case isAbsent(err):
			return fmt.Sprintf("when has no value: %s (%s)", err, q.Rule.Source.GetWhen())
		case err == nil && !ok:
			return "when does not hold: " + q.Rule.Source.GetWhen()
		}
	}
	for i, p := range q.Rule.Key {
		if _, err := p.Text(vars); isAbsent(err) {
			return fmt.Sprintf("key[%d] has no value: %s", i, err)
		}
	}
	return "the rule still waits at the end: let time pass with now"
}

func isAbsent(err error) bool {
	return errors.Is(err, expr.ErrAbsent) || errors.Is(err, expr.ErrDivisionByZero)
}
