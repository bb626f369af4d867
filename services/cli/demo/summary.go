package demo

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/cli/demo/verdict"
)

// summarize prints what the query service tells about the story, and the
// verdict on each step.
func summarize(n *narrator, outcome verdict.Outcome, steps []verdict.Step) {
	n.plain("\nRead back over gRPC\n")
	summarizeEvents(n, outcome)
	summarizeDecisions(n, outcome)
	n.plain("  actions")
	for _, a := range outcome.Actions {
		n.plain("%s", wrap(fmt.Sprintf("    %-13s  %s %s  %s", stateWord(a.GetState()), a.GetType(), a.GetTarget(), a.GetDetail())))
	}
	n.plain("  leases")
	for _, l := range outcome.Leases {
		n.plain("%s", wrap(fmt.Sprintf("    %-13s  %s to %s  %s", leaseWord(l.GetState()), clock(l.GetTakenAt()), clock(ended(l)), l.GetTarget())))
	}
	n.plain("\nThe story")
	for _, step := range steps {
		if step.Done {
			n.plain("  ok    %s", step.Name)
		} else {
			n.plain("  MISS  %s\n        %s", step.Name, fit(step.Seen, width-8))
		}
	}
}

// ended is when a lease ended or, while it is active, when it will.
func ended(l *actionv1.Lease) *timestamppb.Timestamp {
	if l.GetEndedAt() != nil {
		return l.GetEndedAt()
	}
	return l.GetUntil()
}

// clock writes a moment as the clock on the wall shows it.
func clock(t *timestamppb.Timestamp) string { return t.AsTime().Local().Format(time.TimeOnly) }

func summarizeEvents(n *narrator, outcome verdict.Outcome) {
	nouns := map[event.Kind]string{
		event.KindAnomaly: "anomalies", event.KindFeedback: "verdicts", event.KindTraffic: "counts of traffic",
	}
	counts := map[string]int{}
	var order []string
	for _, e := range outcome.Events {
		key := nouns[event.KindOf(e)] + " of " + e.GetSource()
		if counts[key] == 0 {
			order = append(order, key)
		}
		counts[key]++
	}
	n.plain("  events %d", len(outcome.Events))
	for _, key := range order {
		n.plain("    %4d  %s", counts[key], key)
	}
}

func summarizeDecisions(n *narrator, outcome verdict.Outcome) {
	n.plain("  decisions %d", len(outcome.Decisions))
	old := 0
	for _, d := range slices.Backward(outcome.Decisions) {
		if isOld(d) {
			old++
		} else {
			n.plain("%s", wrap(fmt.Sprintf("    %-13s  %s  %s", outcomeWord(d.GetOutcome()), d.GetRule(), d.GetDetail())))
		}
	}
	if old > 0 {
		n.plain("    %-13s  %d, about what was before the demo", "LATE", old)
	}
}
