package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/duration"
	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// tally notes what cases exercise of a set.
type tally struct {
	set  *rule.Set
	seen map[string]map[string]bool // by rule and clause
}

func newTally(set *rule.Set) *tally {
	t := &tally{set: set, seen: map[string]map[string]bool{}}
	for _, r := range set.Rules() {
		t.seen[r.Name] = map[string]bool{}
	}
	return t
}

func (t *tally) coverage() Coverage {
	var c Coverage
	for _, r := range t.set.Rules() {
		covered := RuleCoverage{Rule: r.Name, File: r.File, Line: r.Line}
		for _, clause := range clausesOf(r) {
			covered.Clauses = append(covered.Clauses, ClauseCoverage{Clause: clause, Exercised: t.seen[r.Name][clause]})
		}
		c.Rules = append(c.Rules, covered)
	}
	return c
}

// add notes what a case exercised.
func (t *tally) add(c *Case, m *machine) {
	for _, s := range c.steps {
		if s.kind == stepEvent && !s.twice {
			t.event(s)
		}
	}
	for _, r := range m.records {
		if of := t.set.Rule(r.rule); of != nil && r.Kind == kindDecision {
			t.decision(of, r)
		} else if of != nil && r.Kind == kindAction {
			t.action(of, r)
		}
	}
}

// event notes on which rules' conditions an event does not hold.
func (t *tally) event(s *step) {
	vars := expr.EventVars(s.event.Event).WithPaused(func() bool { return false })
	for _, r := range t.set.Rules() {
		if !r.Judges(event.KindOf(s.event.Event)) || r.When == nil {
			continue
		}
		if ok, err := r.When.Bool(vars); !ok && (err == nil || isAbsent(err)) {
			t.seen[r.Name]["when does not hold"] = true
		}
	}
}

// order is that of evaluation; what is not in it comes last: a rule that fired.
func order(clause string) int {
	name := clause
	if at := strings.IndexAny(clause, "[."); at >= 0 {
		name = clause[:at]
	}
	at := slices.Index([]string{"when", "key", "count", "unless", "given", "flap", "hold", "mute", "cooldown", "limits", "safety"}, name)
	if at < 0 {
		return 100
	}
	return at
}

// decision notes the clause that decided, and those before it, which let pass.
func (t *tally) decision(r *rule.Rule, d *Record) {
	seen, clause, outcome := t.seen[r.Name], d.fields["clause"], d.fields["outcome"]
	at := order(clause)
	if outcome == "ERROR" {
		return
	}
	seen["when holds"] = true
	for _, passed := range []struct{ clause, word string }{
		{"count", "count reached"}, {"unless", "unless lets pass"}, {"flap", "flap reached"}, {"hold", "hold stood"},
	} {
		if at > order(passed.clause) {
			seen[passed.word] = true
		}
	}
	missing := max(0, indexIn(d.fields["detail"], "given["))
	for i := range r.Given {
		if at > order("given") || at == order("given") && i < missing {
			seen[givenWord(i, true)] = true
		}
	}
	t.stopped(r, d, at, missing)
}

// stopped notes the clause that stood against firing, or that none did.
func (t *tally) stopped(r *rule.Rule, d *Record, at, missing int) {
	seen, detail := t.seen[r.Name], d.fields["detail"]
	switch at {
	case order("given"):
		seen[givenWord(missing, false)] = true
	case order("hold"):
		if d.fields["clause"] == "hold.until" {
			seen["hold ended by until"] = true
		}
	case order("mute"):
		for _, w := range r.Mute {
			if len(r.Mute) == 1 || strings.Contains(detail, w.Name) {
				seen["mute "+w.Name] = true
			}
		}
	case order("limits"):
		for i, l := range r.Limits {
			if len(r.Limits) == 1 || isOf(l, detail) {
				seen[limitWord(r, i)] = true
			}
		}
	case order("count"), order("unless"), order("flap"), order("cooldown"):
		seen[d.fields["clause"]+" held"] = true
	case order(""):
		seen[firedWord(r)] = true
		for i := range r.Do {
			seen[doWord(r, i)] = true
		}
	default: // safety is no clause of the rule
	}
}

// isOf reports whether the detail of a held decision is about that limit.
func isOf(l rule.Limit, detail string) bool {
	begin := fmt.Sprintf("limit %d per %s", l.Max, duration.Short(l.Per))
	if l.Across != rule.AcrossRule {
		begin += " across " + string(l.Across)
	}
	rest, ok := strings.CutPrefix(detail, begin+" ")
	return ok && (l.Across != rule.AcrossRule || !strings.HasPrefix(rest, "across "))
}

// indexIn returns the number behind a mark such as `given[`, -1 for none.
func indexIn(text, mark string) int {
	_, after, ok := strings.Cut(text, mark)
	index := 0
	if !ok {
		return -1
	}
	if _, err := fmt.Sscanf(after, "%d", &index); err != nil {
		return -1
	}
	return index
}

// action notes what became of an action that waited for approval.
func (t *tally) action(r *rule.Rule, a *Record) {
	if r.Mode != rule.Suggest {
		return
	}
	switch a.fields["state"] {
	case "PENDING":
		t.seen[r.Name]["approved"] = true
	case "REJECTED", "EXPIRED":
		t.seen[r.Name]["rejected or expired"] = true
	default:
	}
}
