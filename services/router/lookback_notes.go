package router

import (
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// notes say how the answer came about and what it does not know. from is since when
// events were gone over; isShort tells that there was no time for more.
func (l *lookback) notes(answer *routerv1.ExplainResponse, from time.Time, isShort bool) []string {
	notes := []string{}
	if !l.isFollowed {
		return append(notes, l.assumed())
	}
	if missing := missingBefore(l.events, "events", from); missing != "" {
		notes = append(notes, missing)
	}
	if missing := missingBefore(l.inputs, "records of switches, approvals and ends of leases", from); missing != "" {
		notes = append(notes, missing)
	}
	for version, set := range l.sets {
		if set == nil {
			notes = append(notes, fmt.Sprintf("rule set %s decided for a while and is not kept any more; the rules before it stand in for it", version))
		}
	}
	slices.Sort(notes)
	return slices.Concat(notes, l.compared(answer, isShort))
}

// compared says how the answer agrees with the record.
func (l *lookback) compared(answer *routerv1.ExplainResponse, isShort bool) []string {
	switch {
	case slices.ContainsFunc(answer.GetRules(), (*routerv1.RuleExplanation).GetDiffers):
		notes := []string{"the router recorded another decision than is explained here, and both are shown; the engine or safety settings may have been others"}
		if isShort {
			notes = append(notes, "there was no time to go over everything that is stored; a longer --timeout gives more")
		}
		return notes
	case !l.keepsDecisions():
		return []string{"what was decided about the event is not kept any more and was not compared"}
	case !l.isSettled && slices.ContainsFunc(answer.GetRules(), isUnrecorded):
		return []string{"the event has just come, or the router is behind: what it decides may not be recorded yet"}
	}
	return nil
}

// isUnrecorded reports whether a decision is explained of which there is no record.
func isUnrecorded(r *routerv1.RuleExplanation) bool {
	return r.GetDecision() != nil && len(r.GetRecorded()) == 0
}

// assumed says that the rules are taken as if they had always been in force.
func (l *lookback) assumed() string {
	const always = "history is read as if %s had always been in force"
	version := l.asked.Version()
	switch {
	case len(l.request.GetFiles()) > 0:
		return "the rules of the files decide nowhere: " + fmt.Sprintf(always, "they")
	case l.inForce == "":
		return "no record tells which rules decided when the event came: " + fmt.Sprintf(always, "rule set "+version)
	default:
		return fmt.Sprintf("rule set %s decided about the event, not %s: ", l.inForce, version) + fmt.Sprintf(always, "the latter") +
			"; --rule-set " + l.inForce + " tells what was decided"
	}
}

// missingBefore says that a stream does not reach back to where the look begins,
// nothing if it does.
func missingBefore(info *jetstream.StreamInfo, what string, from time.Time) string {
	first := info.State.FirstTime
	if info.State.FirstSeq <= 1 || info.State.Msgs > 0 && !first.After(from) {
		return ""
	}
	if info.State.Msgs == 0 {
		return what + " are not kept any more: what rules remembered from them is not known"
	}
	return fmt.Sprintf("%s from before %s are not kept any more: what rules remembered from them is not known",
		what, first.UTC().Format(time.RFC3339))
}
