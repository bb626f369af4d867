package query

import (
	"context"

	"github.com/spf13/cobra"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

const actionFilter = `action.state == FAILED`

// NewActions returns `signalbox actions` with its commands.
func NewActions() *cobra.Command {
	return exit.Group(&cobra.Command{
		Use:   "actions",
		Short: "Show what was done at the vendors, approve what is suggested, stop it all",
		Long: `Show the actions that decisions asked for, as they stand: what was done at the
vendors and on the bus, and what was not, and why. Those that a rule in mode
suggest asked for wait for somebody to approve or reject them.`,
		Example: `  signalbox actions list --filter '` + actionFilter + `'
  signalbox actions get 5v2mj3q6x7k4w5e2r3t4y5u6i7`,
	}, actionList().command(), actionGet().command(), newApprove(), newReject(), newRetry(), newStop(), newStart(), newStatus())
}

func actionList() list[*actionv1.Action] {
	return list[*actionv1.Action]{
		noun: "actions", columns: actionColumns(), filter: actionFilter,
		fetch: func(ctx context.Context, c queryv1.QueryServiceClient, p page) ([]*actionv1.Action, string, error) {
			answer, err := c.ListActions(ctx, &queryv1.ListActionsRequest{PageSize: p.size, PageToken: p.token, Filter: p.filter})
			return answer.GetActions(), answer.GetNextPageToken(), err
		},
		help: help{
			short: "List actions as they stand, the latest asked for first",
			long: `List actions as they stand, the latest asked for first. TIME is when the action
reached its state, in UTC; RULE asked for it; DETAIL says why it stands there.`,
			example: `  signalbox actions list
  signalbox actions list --filter '` + actionFilter + `'
  signalbox actions list --output json | jq 'select(.type == "pause_alert")'`,
		},
	}
}

func actionColumns() []column[*actionv1.Action] {
	return []column[*actionv1.Action]{
		{title: "TIME", width: 20, firm: true, cell: func(a *actionv1.Action) string { return moment(a.GetUpdatedAt()) }},
		{title: "ID", width: 26, firm: true, cell: (*actionv1.Action).GetId},
		{title: "STATE", width: 17, firm: true, cell: func(a *actionv1.Action) string { return word(a.GetState(), "STATE_") }},
		{title: "RULE", width: 32, cell: (*actionv1.Action).GetRule},
		{title: "TYPE", width: 14, cell: (*actionv1.Action).GetType},
		{title: "TARGET", width: 50, cell: (*actionv1.Action).GetTarget},
		{title: "DETAIL", cell: (*actionv1.Action).GetDetail},
	}
}
