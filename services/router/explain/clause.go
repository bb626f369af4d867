package explain

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// The verdicts, by short names.
const (
	holds    = routerv1.ClauseExplanation_VERDICT_HOLDS
	fails    = routerv1.ClauseExplanation_VERDICT_FAILS
	noValue  = routerv1.ClauseExplanation_VERDICT_NO_VALUE
	failed   = routerv1.ClauseExplanation_VERDICT_ERROR
	notAsked = routerv1.ClauseExplanation_VERDICT_NOT_ASKED
	waits    = routerv1.ClauseExplanation_VERDICT_WAITS
)

// account is what is said of one rule so far.
type account struct {
	*routerv1.RuleExplanation
}

// say adds a clause; what comes after one that did not hold was not asked.
func (a account) say(clause, text string, verdict routerv1.ClauseExplanation_Verdict, detail string) {
	if a.GetFirstFailed() != "" && a.GetFirstFailed() != clause {
		verdict, detail = notAsked, ""
	}
	a.Clauses = append(a.Clauses, &routerv1.ClauseExplanation{Clause: clause, Text: text, Verdict: verdict, Detail: detail})
	if verdict != holds && a.GetFirstFailed() == "" {
		a.FirstFailed = clause
	}
}

// explain tells how a rule judges the event.
func (r *Run) explain(one *rule.Rule) *routerv1.RuleExplanation {
	a := account{&routerv1.RuleExplanation{Rule: one.Name, Mode: string(one.Mode), Decision: r.last(one.Name)}}
	if one.Mode == rule.Off {
		a.say("mode", string(one.Mode), fails, "the rule is off")
	}
	if late := r.last(""); late.GetOutcome() == decisionv1.Outcome_OUTCOME_LATE {
		a.Decision = late
		a.say("lateness", "engine.max_lateness", fails, late.GetDetail())
	}
	r.kind(a, one)
	if slices.Contains(one.On, event.KindOf(r.event)) {
		r.when(a, one)
		r.key(a, one)
	}
	r.remembered(a, one)
	a.Recorded, a.Differs = r.record.about(one.Name), r.differs(one.Name)
	return a.RuleExplanation
}

func (r *Run) kind(a account, one *rule.Rule) {
	var words []string
	for _, kind := range one.On {
		words = append(words, string(kind))
	}
	is, verdict := event.KindOf(r.event), fails
	if slices.Contains(one.On, is) {
		verdict = holds
	}
	a.say("on", strings.Join(words, ", "), verdict, fmt.Sprintf("the event is of kind %s", is))
}

// when tells of each condition that `&&` joins, with the values that it reads.
func (r *Run) when(a account, one *rule.Rule) {
	if one.When == nil {
		return
	}
	vars := r.engine.Vars(r.event)
	parts, err := expr.Parts(one.When.String(), one.On...)
	if err != nil {
		parts = []expr.Part{{Condition: one.When}}
	}
	whole, wholeErr := one.When.Bool(vars)
	if wholeErr == nil && whole {
		for _, part := range parts {
			a.say("when", part.Condition.String(), holds, valuesOf(part, vars))
		}
		return
	}
	for _, part := range parts {
		ok, err := part.Condition.Bool(vars)
		a.say("when", part.Condition.String(), verdictOf(ok, err), withError(valuesOf(part, vars), err))
	}
}

func verdictOf(ok bool, err error) routerv1.ClauseExplanation_Verdict {
	switch {
	case expr.HasNoValue(err):
		return noValue
	case err != nil:
		return failed
	case ok:
		return holds
	default:
		return fails
	}
}

// valuesOf tells what a part read.
func valuesOf(part expr.Part, vars expr.Vars) string {
	var values []string
	for _, read := range part.Reads {
		text, err := read.Text(vars)
		switch {
		case errors.Is(err, expr.ErrAbsent):
			text = "absent"
		case err != nil:
			continue
		}
		values = append(values, fmt.Sprintf("%s is %s", read, text))
	}
	return strings.Join(values, ", ")
}

func withError(values string, err error) string {
	if err == nil || expr.HasNoValue(err) && values != "" {
		return values
	}
	return strings.TrimPrefix(values+": "+err.Error(), ": ")
}

func (r *Run) key(a account, one *rule.Rule) {
	vars := r.engine.Vars(r.event)
	for _, part := range one.Key {
		text, err := part.Text(vars)
		if err != nil {
			text = err.Error()
		}
		a.say("key", part.String(), verdictOf(err == nil, err), text)
	}
}

// remembered tells of the clauses that depend on what the rule remembers.
func (r *Run) remembered(a account, one *rule.Rule) {
	steps := r.engine.Traced(one.Name)
	for _, c := range clausesOf(one) {
		i := slices.IndexFunc(steps, func(s engine.Step) bool {
			return s.Clause == c.name || strings.HasPrefix(s.Clause, c.name+".") || strings.HasPrefix(s.Clause, c.name+"[")
		})
		switch {
		case i < 0:
			a.say(c.name, c.text, unasked(a), "")
		case steps[i].Waits:
			a.say(c.name, c.text, waits, "it waits for a cause that may still arrive")
		case steps[i].Passed:
			a.say(c.name, c.text, holds, steps[i].Detail)
		case r.last(one.Name).GetOutcome() == decisionv1.Outcome_OUTCOME_ERROR:
			a.say(c.name, c.text, failed, steps[i].Detail)
		default:
			a.say(c.name, c.text, fails, steps[i].Detail)
		}
	}
	for _, s := range steps {
		if s.Clause == "safety" {
			a.say("safety", "", map[bool]routerv1.ClauseExplanation_Verdict{true: holds, false: fails}[s.Passed], s.Detail)
		}
	}
	r.afterwards(a, one)
}

// afterwards tells what was decided when the rule had fired: that its actions cannot
// be made, that safety has refused one, or that one was given up.
func (r *Run) afterwards(a account, one *rule.Rule) {
	switch d := r.last(one.Name); {
	case d.GetClause() == "do":
		a.say("do", "", failed, d.GetDetail())
	case d.GetClause() == "safety" && a.GetFirstFailed() == "":
		a.say("safety", "", fails, d.GetDetail())
	case d.GetClause() == "lease":
		a.say("lease", "", fails, d.GetDetail())
	}
}

// unasked is the verdict of a clause of which nothing was noted.
func unasked(a account) routerv1.ClauseExplanation_Verdict {
	if a.GetFirstFailed() != "" {
		return notAsked
	}
	return waits
}
