package rules

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/text"
	"github.com/signalbox-io/signalbox/services/router/backtest"
)

// lineText writes a decision for people: time, outcome, rule, key, what was
// seen, and what is asked for.
func lineText(l *routerv1.BacktestLine) string {
	parts := []string{
		fmt.Sprintf("%-20s  %-14s  %s", momentText(l.GetTime()), l.GetOutcome(), cmp.Or(l.GetRule(), "-")),
		cmp.Or(text.Line(strings.Join(l.GetKey(), ", ")), "-"),
	}
	if detail := text.Line(l.GetDetail()); detail != "" {
		parts = append(parts, detail)
	}
	for _, a := range l.GetActions() {
		parts = append(parts, "→ "+text.Line(a.GetType()+" "+a.GetSource()+" "+a.GetTarget()))
		if a.GetUntil() != nil {
			parts[len(parts)-1] += " until " + momentText(a.GetUntil())
		}
	}
	return strings.Join(parts, "  ") + "\n"
}

// differenceText writes a difference for people: + added, - removed, ~ moved.
func differenceText(d *routerv1.BacktestDifference) string {
	what := text.Line(d.GetType() + " " + d.GetSource() + " " + d.GetTarget())
	switch d.GetChange() {
	case routerv1.BacktestDifference_CHANGE_ADDED:
		return "+ " + placeText(d.GetNow()) + "  " + what + untilText(d.GetNow().GetUntil()) + "\n"
	case routerv1.BacktestDifference_CHANGE_REMOVED:
		return "- " + placeText(d.GetWas()) + "  " + what + untilText(d.GetWas().GetUntil()) + "\n"
	default:
		return "~ " + placeText(d.GetNow()) + "  " + what + untilText(d.GetNow().GetUntil()) +
			", was " + placeText(d.GetWas()) + untilText(d.GetWas().GetUntil()) + "\n"
	}
}

func placeText(p *routerv1.BacktestPlace) string { return timeText(p.GetTime()) + "  " + p.GetRule() }

func untilText(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return " until " + timeText(t)
}

// timeText tells a time to the nanosecond: what has moved may differ by no more.
func timeText(t *timestamppb.Timestamp) string { return t.AsTime().Format(time.RFC3339Nano) }

// momentText tells a time as people read it, to the second.
func momentText(t *timestamppb.Timestamp) string { return t.AsTime().Format(time.RFC3339) }

// summaryText writes what a run comes to for people.
func summaryText(s *routerv1.BacktestSummary) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s, %s, %d late", counted(s.GetEvents(), "event"), counted(s.GetDuplicates(), "duplicate"), s.GetLate())
	if s.GetUnreadable() > 0 {
		fmt.Fprintf(&out, ", %d unreadable", s.GetUnreadable())
	}
	if s.GetFirst() != nil {
		fmt.Fprintf(&out, "; from %s to %s", momentText(s.GetFirst()), momentText(s.GetLast()))
	}
	out.WriteString("\n")
	for _, r := range s.GetRules() {
		fmt.Fprintf(&out, "%s (%s): %s\n", r.GetRule(), r.GetMode(), cmp.Or(outcomesText(r.GetOutcomes()), "nothing decided"))
		writePauses(&out, "  ", r.GetPauses())
	}
	if len(s.GetRules()) > 1 && s.GetPauses().GetCount() > 0 {
		out.WriteString("all rules:\n")
		writePauses(&out, "  ", s.GetPauses())
	}
	if c := s.GetComparison(); c != nil {
		for _, changes := range c.GetRules() {
			fmt.Fprintf(&out, "%s: %s\n", changes.GetRule(), changesText(changes))
		}
		fmt.Fprintf(&out, "actions: %s\n", changesText(c.GetTotal()))
	}
	for _, note := range s.GetNotes() {
		fmt.Fprintf(&out, "note: %s\n", text.Line(note))
	}
	return out.String()
}

// outcomesText writes counts in the outcomes' own order.
func outcomesText(counts map[string]uint64) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Compare(slices.Index(backtest.Outcomes(), a), slices.Index(backtest.Outcomes(), b))
	})
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = fmt.Sprintf("%d %s", counts[name], strings.ToLower(name))
	}
	return strings.Join(parts, ", ")
}

// writePauses writes about pauses; nothing if there were none.
func writePauses(out *strings.Builder, indent string, p *routerv1.BacktestPauses) {
	if p.GetCount() == 0 {
		return
	}
	fmt.Fprintf(out, "%s%s of %s, %.1f hours paused\n", indent, counted(p.GetCount(), "pause"), counted(p.GetTargets(), "target"), backtest.Hours(p))
	fmt.Fprintf(out, "%sgood catches hidden: %d; noise avoided: %d (%s, %s)\n", indent, p.GetGoodCatchesHidden(),
		p.GetVotesAvoided()+p.GetAnomaliesAvoided(), counted(p.GetVotesAvoided(), "vote"), anomalies(p.GetAnomaliesAvoided()))
}

func anomalies(n uint64) string {
	if n == 1 {
		return "1 anomaly"
	}
	return fmt.Sprintf("%d anomalies", n)
}

func changesText(c *routerv1.BacktestChanges) string {
	return fmt.Sprintf("%d added, %d removed, %d moved, %d the same", c.GetAdded(), c.GetRemoved(), c.GetMoved(), c.GetSame())
}

func counted(n uint64, noun string) string { return text.Count(int(n), noun) }
