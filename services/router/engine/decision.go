package engine

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/duration"
	"github.com/signalbox-io/signalbox/pkg/event"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/state"
)

const (
	// maxCauses bounds the counted events that a decision lists; the detail
	// has their number.
	maxCauses = 256
	// maxErrorBytes bounds the text of an error in a decision.
	maxErrorBytes = 500
)

// decision is a decision about the judgement without causes and actions.
func (e *Engine) decision(j *judgement, outcome decisionv1.Outcome, clauseName, detail string) *decisionv1.Decision {
	return &decisionv1.Decision{
		Id:       e.decisionID(j, outcome, clauseName),
		Rule:     j.ruleName(),
		RuleSet:  e.version,
		Outcome:  outcome,
		EventId:  j.event.GetId(),
		Key:      shown(j.key),
		Time:     timestamppb.New(j.when()),
		Detail:   detail,
		Source:   j.event.GetSource(),
		Entity:   j.event.GetEntity(),
		Clause:   clauseName,
		Sequence: j.sequence,
	}
}

func (e *Engine) decisionID(j *judgement, outcome decisionv1.Outcome, clauseName string) string {
	return event.Hash("decision", j.ruleName(), e.version, j.event.GetId(), clauseName, outcome.String())
}

// ruleName is the name of the rule, empty where no rule judges.
func (j *judgement) ruleName() string {
	if j.state == nil {
		return ""
	}
	return j.state.name
}

// held is what a clause that stands against firing gives. The outcome says how.
func (e *Engine) held(j *judgement, outcome decisionv1.Outcome, clauseName, detail string) Output {
	d := e.decision(j, outcome, clauseName, detail)
	d.Causes = j.causes
	return e.output(j, d)
}

// failed is the decision about an expression that failed. What led to it stays
// as it was: nothing has fired.
func (e *Engine) failed(j *judgement, clauseName string, err error) Output {
	text := strings.ToValidUTF8(clipped(err.Error(), maxErrorBytes), "")
	return e.output(j, e.decision(j, decisionv1.Outcome_OUTCOME_ERROR, clauseName, text))
}

func (e *Engine) output(j *judgement, d *decisionv1.Decision) Output {
	return Output{Decision: d, place: j.place}
}

// late is the decision about an event that came too late for any rule.
func (e *Engine) late(a *arrival) Output {
	lateness := a.event.GetObservedAt().AsTime().Sub(a.at)
	lateness += time.Millisecond - time.Nanosecond // up, for it is more than what is accepted
	detail := fmt.Sprintf("observed %s after it occurred, accepted is %s",
		short(lateness.Truncate(time.Millisecond)), short(e.settings.MaxLateness))
	j := &judgement{arrival: a, place: place{at: e.clock, turn: turnLate}}
	return e.output(j, e.decision(j, decisionv1.Outcome_OUTCOME_LATE, "lateness", detail))
}

func idsOf(entries []state.Entry) []string {
	if len(entries) == 0 {
		return nil
	}
	ids := make([]string, len(entries))
	for i, x := range entries {
		ids[i] = x.ID
	}
	return ids
}

// rfc3339 writes an instant; one that no timestamp can hold is the last.
func rfc3339(t time.Time) string {
	return capped(t).Format(time.RFC3339Nano)
}

func capped(t time.Time) time.Time {
	if t.After(maxTime()) {
		return maxTime()
	}
	return t.UTC()
}

// short writes a duration as rules do.
func short(d time.Duration) string { return duration.Short(d) }
