package query

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

const alertFilter = `alert.source == "anodot-prod" && alert.paused`

// NewAlerts returns `signalbox alerts` with its commands.
func NewAlerts() *cobra.Command {
	return exit.Group(&cobra.Command{
		Use:   "alerts",
		Short: "Show the alerts of Anodot accounts and which are paused",
		Long: `Show the alerts of Anodot accounts as their pollers last read them, and which of
them are paused, by whomever. It is what safety counts with.`,
		Example: `  signalbox alerts list --filter 'alert.paused'`,
	}, alertList().command())
}

func alertList() list[*sourcev1.Alert] {
	return list[*sourcev1.Alert]{
		noun: "alerts", columns: alertColumns(), filter: alertFilter,
		fetch: func(ctx context.Context, c queryv1.QueryServiceClient, p page) ([]*sourcev1.Alert, string, error) {
			answer, err := c.ListAlerts(ctx, &queryv1.ListAlertsRequest{PageSize: p.size, PageToken: p.token, Filter: p.filter})
			return answer.GetAlerts(), answer.GetNextPageToken(), err
		},
		help: help{
			short: "List alerts by source and id",
			long: `List the alerts of Anodot accounts by source and id, as their pollers last read
them. Which of them Signalbox paused is in leases list.`,
			example: `  signalbox alerts list
  signalbox alerts list --filter '` + alertFilter + `' --output json`,
		},
	}
}

func alertColumns() []column[*sourcev1.Alert] {
	return []column[*sourcev1.Alert]{
		{title: "SOURCE", width: 24, firm: true, cell: (*sourcev1.Alert).GetSource},
		{title: "ID", width: 36, firm: true, cell: (*sourcev1.Alert).GetId},
		{title: "STATE", width: 6, firm: true, cell: func(a *sourcev1.Alert) string {
			if a.GetPaused() {
				return "paused"
			}
			return "active"
		}},
		{title: "SEVERITY", width: 8, cell: (*sourcev1.Alert).GetSeverity},
		{title: "LABELS", width: 24, cell: func(a *sourcev1.Alert) string { return strings.Join(a.GetLabels(), ",") }},
		{title: "TITLE", cell: (*sourcev1.Alert).GetTitle},
	}
}
