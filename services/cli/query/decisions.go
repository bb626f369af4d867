package query

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

const decisionFilter = `decision.rule == "quiet" && decision.outcome == FIRED`

// NewDecisions returns `signalbox decisions` with its commands.
func NewDecisions() *cobra.Command {
	return exit.Group(&cobra.Command{
		Use:   "decisions",
		Short: "Show what the rules decided, and why",
		Long: `Show what the rules decided about events, and why: each time that a rule fired
or was held.`,
		Example: `  signalbox decisions list --filter 'decision.outcome == HELD_COOLDOWN'
  signalbox decisions get 5v2mj3q6x7k4w5e2r3t4y5u6i7`,
	}, decisionList().command(), decisionGet().command())
}

func decisionList() list[*decisionv1.Decision] {
	return list[*decisionv1.Decision]{
		noun: "decisions", columns: decisionColumns(), filter: decisionFilter,
		fetch: func(ctx context.Context, c queryv1.QueryServiceClient, p page) ([]*decisionv1.Decision, string, error) {
			answer, err := c.ListDecisions(ctx, &queryv1.ListDecisionsRequest{PageSize: p.size, PageToken: p.token, Filter: p.filter})
			return answer.GetDecisions(), answer.GetNextPageToken(), err
		},
		help: help{
			short: "List decisions, newest first",
			long: `List decisions, newest first. TIME is that of the judged event, in UTC; KEY
is what the rule counts and cools down by; DETAIL names the clause that decided
and the values it saw. RULE is - for an event that came too late for any rule.`,
			example: `  signalbox decisions list
  signalbox decisions list --filter '` + decisionFilter + `'
  signalbox decisions list --output json | jq -r '[.rule, .eventId] | @tsv'`,
		},
	}
}

func decisionColumns() []column[*decisionv1.Decision] {
	return []column[*decisionv1.Decision]{
		{title: "TIME", width: 20, firm: true, cell: func(d *decisionv1.Decision) string { return moment(d.GetTime()) }},
		{title: "ID", width: 26, firm: true, cell: (*decisionv1.Decision).GetId},
		{title: "OUTCOME", width: 14, firm: true, cell: func(d *decisionv1.Decision) string { return word(d.GetOutcome(), "OUTCOME_") }},
		{title: "RULE", width: 32, cell: (*decisionv1.Decision).GetRule},
		{title: "KEY", width: 40, cell: func(d *decisionv1.Decision) string { return strings.Join(d.GetKey(), ", ") }},
		{title: "DETAIL", cell: (*decisionv1.Decision).GetDetail},
	}
}
