package suite

import "slices"

// Coverage is which clauses of which rules cases have exercised.
type Coverage struct {
	// Rules are in the order of their files.
	Rules []RuleCoverage
}

// RuleCoverage is which clauses of one rule were exercised.
type RuleCoverage struct {
	// Rule is the rule's name; File and Line are where it stands.
	Rule, File string
	Line       int
	// Clauses are what there is to exercise, in the order of evaluation; none of
	// a rule that is off.
	Clauses []ClauseCoverage
}

// ClauseCoverage is one way in which a clause can come out.
type ClauseCoverage struct {
	// Clause is that in words: `count held`.
	Clause string
	// Exercised tells whether a case saw it.
	Exercised bool
}

// Count returns how many clauses there are and how many of them were exercised.
func (c Coverage) Count() (exercised, total int) {
	for _, r := range c.Rules {
		n, all := r.Count()
		exercised, total = exercised+n, total+all
	}
	return exercised, total
}

// Count returns how many clauses there are and how many of them were exercised.
func (r RuleCoverage) Count() (exercised, total int) {
	for _, clause := range r.Clauses {
		if clause.Exercised {
			exercised++
		}
	}
	return exercised, len(r.Clauses)
}

// Percent returns the share of the clauses that were exercised, rounded down;
// 100 where there is none.
func (c Coverage) Percent() int {
	exercised, total := c.Count()
	if total == 0 {
		return 100
	}
	return exercised * 100 / total
}

// Merge puts together what several suites exercised of the same rules.
func Merge(list ...Coverage) Coverage {
	var out Coverage
	for _, c := range list {
		for _, r := range c.Rules {
			at := slices.IndexFunc(out.Rules, func(o RuleCoverage) bool { return o.Rule == r.Rule && o.File == r.File })
			if at < 0 {
				r.Clauses = slices.Clone(r.Clauses)
				out.Rules = append(out.Rules, r)
				continue
			}
			for i := range min(len(r.Clauses), len(out.Rules[at].Clauses)) {
				known := &out.Rules[at].Clauses[i]
				known.Exercised = known.Exercised || r.Clauses[i].Exercised
			}
		}
	}
	return out
}
