package rules

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/text"
)

// printExplanation writes what the rules say about the event: a line for each, or
// each clause.
func printExplanation(out io.Writer, answer *routerv1.ExplainResponse, inFull bool) error {
	var lines strings.Builder
	e := answer.GetEvent()
	fmt.Fprintf(&lines, "event %s of %s, %s at %s\n", text.Line(e.GetId()), text.Line(e.GetSource()),
		text.Line(e.GetEntity()), e.GetOccurredAt().AsTime().Format(time.RFC3339))
	fmt.Fprintf(&lines, "rule set %s; %s gone over\n", answer.GetRuleSet(), text.Count(int(answer.GetEvents()), "event"))
	for _, note := range answer.GetNotes() {
		fmt.Fprintf(&lines, "note: %s\n", text.Line(note))
	}
	for _, r := range answer.GetRules() {
		if inFull {
			writeClauses(&lines, r)
			writeRecorded(&lines, "  ", answer, r)
			continue
		}
		fmt.Fprintf(&lines, "  %-32s %s\n", text.Line(r.GetRule()), text.Line(brief(r)))
		writeRecorded(&lines, strings.Repeat(" ", 35), answer, r)
	}
	if _, err := io.WriteString(out, lines.String()); err != nil {
		return fmt.Errorf("print the explanation: %w", err)
	}
	return nil
}

// writeRecorded writes what the router recorded, where that is another thing than
// what is explained.
func writeRecorded(lines *strings.Builder, indent string, answer *routerv1.ExplainResponse, r *routerv1.RuleExplanation) {
	if answer.GetAsDecided() && !r.GetDiffers() {
		return
	}
	for _, d := range r.GetRecorded() {
		what := cmp.Or(d.GetDetail(), d.GetClause())
		fmt.Fprintf(lines, "%srecorded by rule set %s: %s\n", indent, d.GetRuleSet(),
			text.Line(strings.TrimSuffix(outcomeWord(d)+", "+what, ", ")+actionsOf(d)))
	}
	if len(r.GetRecorded()) == 0 && r.GetDiffers() {
		fmt.Fprintf(lines, "%srecorded: nothing\n", indent)
	}
}

func outcomeWord(d *decisionv1.Decision) string {
	return strings.TrimPrefix(d.GetOutcome().String(), "OUTCOME_")
}

// brief says in a line what a rule came to.
func brief(r *routerv1.RuleExplanation) string {
	word := "no match"
	if d := r.GetDecision(); d != nil {
		word = outcomeWord(d)
	}
	for _, c := range r.GetClauses() {
		if c.GetClause() == r.GetFirstFailed() && c.GetVerdict() != routerv1.ClauseExplanation_VERDICT_HOLDS {
			clause := strings.TrimSuffix(c.GetClause()+" "+c.GetText(), " ")
			return strings.TrimSuffix(fmt.Sprintf("%s, %s: %s", word, clause, c.GetDetail()), ": ")
		}
	}
	return word + actionsOf(r.GetDecision())
}

func actionsOf(d *decisionv1.Decision) string {
	var asked []string
	for _, a := range d.GetActions() {
		one := a.GetType() + " " + a.GetTarget()
		if a.GetUntil() != nil {
			one += " until " + a.GetUntil().AsTime().Format(time.RFC3339)
		}
		asked = append(asked, one)
	}
	if len(asked) == 0 {
		return ""
	}
	return " → " + strings.Join(asked, ", ")
}

// writeClauses writes each clause of a rule in a line.
func writeClauses(lines *strings.Builder, r *routerv1.RuleExplanation) {
	fmt.Fprintf(lines, "\n%s (%s): %s\n", text.Line(r.GetRule()), r.GetMode(), text.Line(brief(r)))
	isTold := false
	for _, c := range r.GetClauses() {
		mark := "  "
		if !isTold && c.GetClause() == r.GetFirstFailed() && c.GetVerdict() != routerv1.ClauseExplanation_VERDICT_HOLDS {
			mark, isTold = "→ ", true
		}
		line := fmt.Sprintf("%s%-9s %-9s %s", mark, verdictWord(c.GetVerdict()), c.GetClause(), text.Line(c.GetText()))
		fmt.Fprintln(lines, strings.TrimRight(line, " "))
		if c.GetDetail() != "" {
			fmt.Fprintf(lines, "  %20s%s\n", "", text.Line(c.GetDetail()))
		}
	}
	for _, cause := range r.GetDecision().GetCauses() {
		fmt.Fprintf(lines, "  because of event %s\n", text.Line(cause))
	}
}

func verdictWord(v routerv1.ClauseExplanation_Verdict) string {
	switch v {
	case routerv1.ClauseExplanation_VERDICT_HOLDS:
		return "holds"
	case routerv1.ClauseExplanation_VERDICT_NO_VALUE:
		return "no value"
	case routerv1.ClauseExplanation_VERDICT_ERROR:
		return "error"
	case routerv1.ClauseExplanation_VERDICT_WAITS:
		return "waits"
	case routerv1.ClauseExplanation_VERDICT_NOT_ASKED:
		return "not asked"
	case routerv1.ClauseExplanation_VERDICT_FAILS, routerv1.ClauseExplanation_VERDICT_UNSPECIFIED:
	}
	return "fails"
}
