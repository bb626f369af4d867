package suite

import (
	"errors"
	"fmt"
	"regexp"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Question asks why a rule decided something else about an event than was
// expected, or nothing.
type Question struct {
	// Set has the rules, Settings are the engine's.
	Set      *rule.Set
	Settings engine.Settings
	// Rule is the rule, Event the event in question, as it arrived.
	Rule  *rule.Rule
	Event engine.Input
	// Before are the events that had arrived before it, in order.
	Before []engine.Input
	// Got is what the rule decided about it, empty for nothing.
	Got []*Record
}

// Why answers a question in a few words, "" if it cannot.
type Why func(Question) string

// RunOptions choose what is played.
type RunOptions struct {
	// Match chooses the cases by their names; nil means all.
	Match *regexp.Regexp
	// Why explains differences; nil means [FirstFailed].
	Why Why
}

// Result is what became of a suite.
type Result struct {
	// Suite is the file's name.
	Suite string
	// Cases are those that were played, in order.
	Cases []CaseResult
	// Coverage is which clauses of the rules were exercised.
	Coverage Coverage
}

// CaseResult is what became of a case.
type CaseResult struct {
	// Name and Line say which case it is.
	Name string
	Line int
	// Decisions are those that the engine made, whole and in their order.
	Decisions []*decisionv1.Decision
	// Rows compare everything that was expected with what came, in the order in
	// which it came, decisions first.
	Rows []Row
	// Fault says why the case could not be played to its end, empty if it could.
	Fault string
	// Unsteady says where the engine decided otherwise when the case was played
	// in another way; empty when it never did.
	Unsteady string
}

// Failed reports whether anything is not as it must be.
func (c *CaseResult) Failed() bool {
	for _, row := range c.Rows {
		if row.State != Same {
			return true
		}
	}
	return c.Fault != "" || c.Unsteady != ""
}

// Failures counts the cases that failed.
func (r *Result) Failures() int {
	n := 0
	for i := range r.Cases {
		if r.Cases[i].Failed() {
			n++
		}
	}
	return n
}

// Run plays the cases of a suite.
func Run(s *Suite, o RunOptions) Result {
	if o.Why == nil {
		o.Why = FirstFailed
	}
	tally := newTally(s.set)
	r := Result{Suite: s.Name}
	for _, c := range s.Cases {
		if o.Match == nil || o.Match.MatchString(c.Name) {
			r.Cases = append(r.Cases, runCase(s, c, tally, o.Why))
		}
	}
	r.Coverage = tally.coverage()
	return r
}

// runCase plays a case in every way and compares.
func runCase(s *Suite, c *Case, tally *tally, why Why) CaseResult {
	usual := variants()[0]
	m, err := play(s, c, usual)
	result := CaseResult{
		Name: c.Name, Line: c.Line, Decisions: m.decisions, Fault: faultOf(err), Unsteady: unsteadyOf(err, usual),
	}
	for _, v := range variants()[1:] {
		if result.Unsteady == "" {
			result.Unsteady = compareRuns(s, c, m, result.Fault, v)
		}
	}
	result.Rows = table(c, m.records)
	explain(s, c, m, result.Rows, why)
	tally.add(c, m)
	return result
}

// compareRuns plays the case in another way and says where that differs.
func compareRuns(s *Suite, c *Case, usual *machine, fault string, v variant) string {
	m, err := play(s, c, v)
	if text := unsteadyOf(err, v); text != "" {
		return text
	}
	if text := difference(c, usual, m, v); text != "" {
		return text
	}
	if other := faultOf(err); other != fault {
		return fmt.Sprintf("%q as it stands and %q %s", fault, other, v.name)
	}
	return ""
}

// faultOf is what a case could not do, unsteadyOf what the engine did wrong.
func faultOf(err error) string {
	if err == nil || errors.Is(err, errUnsteady) {
		return ""
	}
	return err.Error()
}

func unsteadyOf(err error, v variant) string {
	if !errors.Is(err, errUnsteady) {
		return ""
	}
	return fmt.Sprintf("played %s: %s", v.name, err)
}

// difference says where two ways of playing a case part; empty if they do not.
func difference(c *Case, a, b *machine, v variant) string {
	for i := range max(len(a.records), len(b.records)) {
		switch {
		case i >= len(a.records):
			return parted(c, b.records[i], v, "nothing", b.records[i].Subject+": "+b.records[i].Sentence)
		case i >= len(b.records):
			return parted(c, a.records[i], v, a.records[i].Subject+": "+a.records[i].Sentence, "nothing")
		case !equal(a.records[i], b.records[i]):
			x, y := a.records[i], b.records[i]
			return parted(c, x, v, x.Subject+": "+x.Sentence, y.Subject+": "+y.Sentence)
		}
	}
	return ""
}

// equal compares two records of the same place. What is left out of sentences
// counts too.
func equal(a, b *Record) bool {
	return a.Kind == b.Kind && a.step == b.step && a.Subject == b.Subject && a.Sentence == b.Sentence && a.wire == b.wire
}

func parted(c *Case, r *Record, v variant, usual, now string) string {
	return fmt.Sprintf("%s, line %d: %s gives %q as it stands and %q %s",
		c.steps[r.step].name, c.steps[r.step].line, r.Kind, usual, now, v.name)
}
