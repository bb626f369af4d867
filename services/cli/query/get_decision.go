package query

import (
	"context"
	"strconv"
	"strings"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
)

func decisionGet() get[*decisionv1.Decision] {
	return get[*decisionv1.Decision]{
		noun: "decision", describe: describeDecision,
		fetch: func(ctx context.Context, c queryv1.QueryServiceClient, id string) (*decisionv1.Decision, error) {
			answer, err := c.GetDecision(ctx, &queryv1.GetDecisionRequest{Id: id})
			return answer.GetDecision(), err
		},
		help: help{
			short: "Show one decision with its causes and its actions",
			long: `Show one decision: the event and the rule, the clause that decided with the
values it saw, the events that made it possible, the actions it asks for. Its id
is in decisions list. What the other clauses said is told by

  signalbox rules explain --event EVENT --rule RULE`,
			example: `  signalbox decisions get 5v2mj3q6x7k4w5e2r3t4y5u6i7
  signalbox decisions get 5v2mj3q6x7k4w5e2r3t4y5u6i7 --output json | jq .causes`,
		},
	}
}

// describeDecision returns what a decision says.
func describeDecision(d *decisionv1.Decision) *facts {
	f := &facts{}
	f.say("id", d.GetId())
	f.say("time", moment(d.GetTime()))
	f.say("outcome", word(d.GetOutcome(), "OUTCOME_"))
	f.say("clause", d.GetClause())
	f.say("detail", d.GetDetail())
	f.say("rule", d.GetRule())
	f.say("rule set", d.GetRuleSet())
	f.say("key", strings.Join(d.GetKey(), ", "))
	f.say("event", d.GetEventId())
	f.say("source", d.GetSource())
	f.say("entity", d.GetEntity())
	if d.GetSequence() > 0 {
		f.say("sequence", strconv.FormatUint(d.GetSequence(), 10))
	}
	for _, cause := range d.GetCauses() {
		f.say("cause", cause)
	}
	for _, action := range d.GetActions() {
		f.say("action", asked(action))
	}
	return f
}

// asked is an action as a decision names it: id, type, target, end.
func asked(a *decisionv1.ActionRef) string {
	line := a.GetId() + " " + a.GetType() + " " + a.GetTarget()
	if a.GetUntil() != nil {
		line += " until " + moment(a.GetUntil())
	}
	return line
}
