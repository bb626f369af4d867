package query

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

const eventFilter = `event.source == "website" && labels.site == "shop"`

// NewEvents returns `signalbox events` with its commands.
func NewEvents() *cobra.Command {
	return exit.Group(&cobra.Command{
		Use:   "events",
		Short: "Show what the vendors reported",
		Long: `Show the events that a running Signalbox has read from the vendors: anomalies,
people's verdicts and counts of traffic.`,
		Example: `  signalbox events list --limit 10
  signalbox events tail --filter '` + eventFilter + `'`,
	}, eventList().command(), newEventTail(), eventGet().command())
}

func eventList() list[*eventv1.Event] {
	return list[*eventv1.Event]{
		noun: "events", columns: eventColumns(), filter: eventFilter,
		fetch: func(ctx context.Context, c queryv1.QueryServiceClient, p page) ([]*eventv1.Event, string, error) {
			answer, err := c.ListEvents(ctx, &queryv1.ListEventsRequest{PageSize: p.size, PageToken: p.token, Filter: p.filter})
			return answer.GetEvents(), answer.GetNextPageToken(), err
		},
		help: help{
			short: "List events, newest first",
			long: `List events, newest first. TIME is when the thing happened at the vendor, in
UTC. A filter is CEL over the event, as rules are.`,
			example: `  signalbox events list
  signalbox events list --filter 'feedback.verdict == NOT_INTERESTING'
  signalbox events list --limit 1000 --output json | jq -r .title`,
		},
	}
}

func eventColumns() []column[*eventv1.Event] {
	return []column[*eventv1.Event]{
		{title: "TIME", width: 20, firm: true, cell: func(e *eventv1.Event) string { return moment(e.GetOccurredAt()) }},
		{title: "ID", width: 26, firm: true, cell: (*eventv1.Event).GetId},
		{title: "SOURCE", width: 16, cell: (*eventv1.Event).GetSource},
		{title: "KIND", width: 8, firm: true, cell: func(e *eventv1.Event) string { return string(event.KindOf(e)) }},
		{title: "TITLE", cell: func(e *eventv1.Event) string {
			if e.GetTitle() == "" {
				return e.GetEntity()
			}
			return e.GetTitle()
		}},
	}
}
