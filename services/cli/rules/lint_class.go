package rules

import (
	"fmt"
	"io"
	"text/tabwriter"

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
	// Clause is `when`, `hold.until` or a clause of given.
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
	for _, c := range set.Conditions() {
		info, err := match.Classify(c.Condition)
		if err != nil {
			return nil, fmt.Errorf("classify rule %s, %s: %w", c.Rule.Name, c.Clause, err)
		}
		list = append(list, condition{c.Rule.Name, c.Clause, string(info.Class), info.By, info.Cost})
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
