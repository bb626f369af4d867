package query

import (
	"context"

	"github.com/spf13/cobra"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

const leaseFilter = `lease.state == ACTIVE`

// NewLeases returns `signalbox leases` with its commands.
func NewLeases() *cobra.Command {
	return exit.Group(&cobra.Command{
		Use:   "leases",
		Short: "Show what is paused, and until when, and end it before that",
		Long: `Show the leases under which alerts are or were paused. Signalbox resumes an
alert when its lease is over.`,
		Example: `  signalbox leases list --filter '` + leaseFilter + `'`,
	}, leaseList().command(), newRelease())
}

func leaseList() list[*actionv1.Lease] {
	return list[*actionv1.Lease]{
		noun: "leases", columns: leaseColumns(), filter: leaseFilter,
		fetch: func(ctx context.Context, c queryv1.QueryServiceClient, p page) ([]*actionv1.Lease, string, error) {
			answer, err := c.ListLeases(ctx, &queryv1.ListLeasesRequest{PageSize: p.size, PageToken: p.token, Filter: p.filter})
			return answer.GetLeases(), answer.GetNextPageToken(), err
		},
		help: help{
			short: "List leases as they stand, newest first",
			long: `List leases as they stand, newest first. UNTIL is when the last holder's time
is over, or when the lease did end; times are in UTC.`,
			example: `  signalbox leases list
  signalbox leases list --filter '` + leaseFilter + `' --output json`,
		},
	}
}

func leaseColumns() []column[*actionv1.Lease] {
	return []column[*actionv1.Lease]{
		{title: "TAKEN", width: 20, firm: true, cell: func(l *actionv1.Lease) string { return moment(l.GetTakenAt()) }},
		{title: "UNTIL", width: 20, firm: true, cell: func(l *actionv1.Lease) string {
			if l.GetEndedAt() != nil {
				return moment(l.GetEndedAt())
			}
			return moment(l.GetUntil())
		}},
		{title: "ID", width: 26, firm: true, cell: (*actionv1.Lease).GetId},
		{title: "STATE", width: 10, firm: true, cell: func(l *actionv1.Lease) string { return word(l.GetState(), "LEASE_STATE_") }},
		{title: "TARGET", width: 50, cell: (*actionv1.Lease).GetTarget},
		{title: "REASON", cell: (*actionv1.Lease).GetReason},
	}
}
