package rules

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	"github.com/signalbox-io/signalbox/services/cli/text"
	"github.com/signalbox-io/signalbox/services/router/match"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// maxBy bounds what of an expression a line of the table shows.
const maxBy = 60

// condition says how one condition of a rule is found among many, and what its
// evaluation costs.
type condition struct {
	Rule string `json:"rule"`
	// Clause is `when` or a clause of given.
	Clause string `json:"clause"`
	Class  string `json:"class"`
	// By is what it is found by, in the words of an expression.
	By string `json:"by,omitempty"`
	// Cost is of what is left to CEL, in its own units.
	Cost uint64 `json:"cost"`
}

// conditionsOf classifies the conditions of every rule that is not off.
func conditionsOf(set *rule.Set) ([]condition, error) {
	list := []condition{}
	add := func(r *rule.Rule, clause string, kinds []event.Kind, program *expr.Program) error {
		info, err := match.Classify(match.Condition{Kinds: kinds, Program: program})
		if err != nil {
			return fmt.Errorf("classify rule %s, %s: %w", r.Name, clause, err)
		}
		list = append(list, condition{r.Name, clause, string(info.Class), info.By, info.Cost})
		return nil
	}
	for _, r := range set.Rules() {
		if r.Mode == rule.Off {
			continue
		}
		if err := add(r, "when", r.On, r.When); err != nil {
			return nil, err
		}
		for i := range r.Given {
			g := &r.Given[i]
			if err := add(r, fmt.Sprintf("given[%d]", i), []event.Kind{g.On}, g.Where); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// printConditions prints a table.
func printConditions(out io.Writer, list []condition) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "RULE\tCLAUSE\tCLASS\tCOST\tBY")
	for _, c := range list {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", c.Rule, c.Clause, c.Class, c.Cost, text.Cut(text.Line(c.By), maxBy))
	}
	return table.Flush()
}
