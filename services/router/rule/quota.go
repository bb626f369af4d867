package rule

import (
	"fmt"
	"slices"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	"github.com/signalbox-io/signalbox/services/router/match"
)

// Condition is one condition of a rule, and the clause that it is.
type Condition struct {
	// Rule has it.
	Rule *Rule
	// Clause is `when`, `hold.until` or a clause of `given`.
	Clause string
	match.Condition
}

// Conditions returns what the rules of a set ask of events, but for those of
// rules that are off.
func (s *Set) Conditions() []Condition {
	var list []Condition
	for _, r := range s.rules {
		if r.Mode == Off {
			continue
		}
		add := func(clause string, kinds []event.Kind, program *expr.Program) {
			list = append(list, Condition{Rule: r, Clause: clause, Condition: match.Condition{Kinds: kinds, Program: program}})
		}
		add("when", r.On, r.When)
		if r.Hold != nil && r.Hold.Until != nil {
			add("hold.until", r.Hold.UntilKinds, r.Hold.Until)
		}
		for i := range r.Given {
			add(fmt.Sprintf("given[%d]", i), []event.Kind{r.Given[i].On}, r.Given[i].Where)
		}
	}
	return list
}

// Classes returns how the conditions of each rule are found among many: of
// several the class of the slowest. A rule that is off has none.
func (s *Set) Classes() map[*Rule]match.Class {
	classes := map[*Rule]match.Class{}
	slowest := []match.Class{match.Indexed, match.Bitmap, match.Scanned}
	for _, c := range s.Conditions() {
		info, err := match.Classify(c.Condition)
		if err != nil {
			continue // what cannot be classified is found out when it is indexed
		}
		if slices.Index(slowest, info.Class) >= slices.Index(slowest, classes[c.Rule]) {
			classes[c.Rule] = info.Class
		}
	}
	return classes
}

// tooManyScanned returns a problem for the first condition that is beyond the
// number of those that no index finds: each is evaluated for every event, and
// many of them would hold up every event. Nil where there are not too many.
func tooManyScanned(s *Set) *Problem {
	scanned := 0
	for _, c := range s.Conditions() {
		info, err := match.Classify(c.Condition)
		if err != nil || info.Class != match.Scanned {
			continue // what cannot be classified is found out when it is indexed
		}
		if scanned++; scanned > match.DefaultScanned {
			return &Problem{
				File: c.Rule.File, Line: c.Rule.Line, Column: 1, Rule: c.Rule.Name,
				Message: fmt.Sprintf("%s is evaluated for every event, as %d other conditions are, and no more may be: "+
					"join it by && with a comparison of a field, a label or a measure with a constant", c.Clause, match.DefaultScanned),
			}
		}
	}
	return nil
}
