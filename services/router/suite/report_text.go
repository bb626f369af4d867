package suite

import (
	"fmt"
	"io"
	"strings"
)

// Role is what a piece of a report is, so that it can be given a colour.
type Role int

// The roles.
const (
	// Plain has no colour.
	Plain Role = iota
	// Good is a case that passed, or what was expected.
	Good
	// Bad is a case that failed, or what came instead.
	Bad
	// Faint is what helps to find one's way.
	Faint
)

// TextOptions say how a report is written.
type TextOptions struct {
	// Verbose tells of the cases that passed too, and of everything that came.
	Verbose bool
	// Paint gives a piece its colour; nil means none.
	Paint func(Role, string) string
	// Clean makes texts of files fit for a terminal; nil leaves them as they
	// are.
	Clean func(string) string
}

// textReport writes a report for people.
type textReport struct {
	TextOptions
	out io.Writer
	err error
}

func newText(out io.Writer, o TextOptions) *textReport {
	if o.Paint == nil {
		o.Paint = func(_ Role, s string) string { return s }
	}
	if o.Clean == nil {
		o.Clean = func(s string) string { return s }
	}
	return &textReport{TextOptions: o, out: out}
}

// WriteText writes what became of suites for people: each suite with its
// failures, and a last line with how many cases passed if all did.
func WriteText(out io.Writer, results []Result, o TextOptions) error {
	t := newText(out, o)
	cases, failed := 0, 0
	for i := range results {
		t.suite(&results[i])
		cases += len(results[i].Cases)
		failed += results[i].Failures()
	}
	if failed == 0 {
		t.line(Good, "%s passed", count(cases, "case"))
	}
	return t.err
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (t *textReport) line(role Role, format string, args ...any) {
	text := t.Paint(role, t.Clean(fmt.Sprintf(format, args...)))
	if _, err := fmt.Fprintln(t.out, text); err != nil && t.err == nil {
		t.err = err
	}
}

func (t *textReport) suite(r *Result) {
	if n := r.Failures(); n > 0 {
		t.line(Bad, "FAIL  %s: %d of %s", r.Suite, n, count(len(r.Cases), "case"))
	} else {
		t.line(Good, "ok    %s: %s", r.Suite, count(len(r.Cases), "case"))
	}
	for i := range r.Cases {
		c := &r.Cases[i]
		switch {
		case c.Failed():
			t.line(Bad, "  FAIL  %s  (%s:%d)", c.Name, r.Suite, c.Line)
			t.failure(c)
		case t.Verbose:
			t.line(Good, "  ok    %s", c.Name)
			t.rows(c.Rows)
		}
	}
}

func (t *textReport) failure(c *CaseResult) {
	if c.Fault != "" {
		t.line(Bad, "        cannot go on: %s", c.Fault)
	}
	if c.Unsteady != "" {
		t.line(Bad, "        the engine is not deterministic: %s", c.Unsteady)
	}
	t.rows(c.Rows)
}

// rows writes a comparison. What is the same is left out, but for what stands
// right before a difference.
func (t *textReport) rows(rows []Row) {
	kind, skipped := "", 0
	for i := range rows {
		row := &rows[i]
		if !t.Verbose && !isNear(rows, i) {
			skipped++
			continue
		}
		if row.Kind != kind {
			kind, skipped = row.Kind, 0
			t.line(Faint, "        %s", kind)
		}
		if skipped > 0 {
			t.line(Faint, "            … %d as expected", skipped)
			skipped = 0
		}
		t.row(row)
	}
}

// isNear reports whether a row is a difference, or of the same kind and right
// before one.
func isNear(rows []Row, i int) bool {
	return rows[i].State != Same || i+1 < len(rows) && rows[i+1].State != Same && rows[i+1].Kind == rows[i].Kind
}

func (t *textReport) row(row *Row) {
	switch row.State {
	case Same:
		t.line(Faint, "            %s", strings.TrimSuffix(row.Subject+": "+row.Got, ": "))
		return
	case Missing:
		t.line(Plain, "          - %s  (line %d)", row.Subject, row.Line)
		t.line(Good, "              expected  %s", orAny(row.Want))
		t.line(Bad, "              got       nothing")
	case Unexpected:
		t.line(Plain, "          + %s  (line %d)", row.Subject, row.Line)
		t.line(Good, "              expected  nothing")
		t.line(Bad, "              got       %s", orAny(row.Got))
	case Differs:
		t.line(Plain, "          ! %s  (line %d)", row.Subject, row.Line)
		t.line(Good, "              expected  %s", orAny(row.Want))
		t.line(Bad, "              got       %s", orAny(row.Got))
		t.line(Bad, "                        %s", marks(t.Clean(row.Want), t.Clean(row.Got)))
	}
	if row.Why != "" {
		t.line(Faint, "              why       %s", row.Why)
	}
}

func orAny(sentence string) string {
	if sentence == "" {
		return "(nothing more is said)"
	}
	return sentence
}

// WriteCoverage writes which clauses no case exercised, rule by rule.
func WriteCoverage(out io.Writer, c Coverage, o TextOptions) error {
	t := newText(out, o)
	exercised, total := c.Count()
	t.line(Plain, "coverage: %d%% (%d of %s)", c.Percent(), exercised, count(total, "clause"))
	for _, r := range c.Rules {
		t.covered(r)
	}
	return t.err
}

func (t *textReport) covered(r RuleCoverage) {
	n, all := r.Count()
	switch {
	case all == 0:
		t.line(Faint, "  %s  (%s:%d)  off", r.Rule, r.File, r.Line)
		return
	case n == all:
		t.line(Good, "  %s  (%s:%d)  %d of %d", r.Rule, r.File, r.Line, n, all)
	default:
		t.line(Bad, "  %s  (%s:%d)  %d of %d, no case saw", r.Rule, r.File, r.Line, n, all)
	}
	for _, clause := range r.Clauses {
		switch {
		case !clause.Exercised:
			t.line(Bad, "      - %s", clause.Clause)
		case t.Verbose:
			t.line(Good, "        %s", clause.Clause)
		}
	}
}
