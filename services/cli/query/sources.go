package query

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/pkg/event"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

// NewSources returns `signalbox sources` with its commands.
func NewSources() *cobra.Command {
	return exit.Group(&cobra.Command{
		Use:     "sources",
		Short:   "Show the vendor accounts and how their pollers do",
		Long:    `Show the vendor accounts and how their pollers do.`,
		Example: `  signalbox sources list`,
	}, newSourceList())
}

func newSourceList() *cobra.Command {
	var f flags
	command := &cobra.Command{
		Use:   "list",
		Short: "List sources by name",
		Long: `List sources by name as their pollers last told of them: up to where the
vendor's data have been read, how many events came of it, and what is wrong.
Times are in UTC.`,
		Example: `  signalbox sources list
  signalbox sources list --output json | jq 'select(.healthy | not)'`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return withClient(f, func(c *client.Client) error { return listSources(command, c, f) })
		},
	}
	f.connection(command)
	return command
}

func listSources(command *cobra.Command, c *client.Client, f flags) error {
	ctx, cancel := c.Bound(command.Context())
	defer cancel()
	answer, err := queryv1.NewQueryServiceClient(c.Conn()).ListSources(ctx, &queryv1.ListSourcesRequest{})
	if err != nil {
		return explain(command.Context(), c, err, "list sources", "")
	}
	out := command.OutOrStdout()
	if f.output == outputTable {
		if len(answer.GetSources()) == 0 {
			_, _ = fmt.Fprintln(command.ErrOrStderr(), "no sources yet: nothing has been polled")
		}
		return table[*sourcev1.Source]{columns: sourceColumns(), width: widthOf(out)}.print(out, answer.GetSources())
	}
	for _, source := range answer.GetSources() {
		if err := jsonLine(out, source); err != nil {
			return err
		}
	}
	return nil
}

func sourceColumns() []column[*sourcev1.Source] {
	return []column[*sourcev1.Source]{
		{title: "NAME", width: 24, firm: true, cell: (*sourcev1.Source).GetName},
		{title: "VENDOR", width: 15, cell: func(s *sourcev1.Source) string { return event.VendorName(s.GetVendor()) }},
		{title: "STATE", width: 7, firm: true, cell: func(s *sourcev1.Source) string {
			if s.GetHealthy() {
				return "ok"
			}
			return "failing"
		}},
		{title: "POLLED", width: 20, firm: true, cell: func(s *sourcev1.Source) string { return moment(s.GetPolledAt()) }},
		{title: "READ UP TO", width: 20, firm: true, cell: func(s *sourcev1.Source) string { return moment(s.GetCursor()) }},
		{title: "EVENTS", firm: true, cell: func(s *sourcev1.Source) string { return strconv.FormatUint(s.GetEventsPublished(), 10) }},
		{title: "REJECTED", firm: true, cell: func(s *sourcev1.Source) string { return strconv.FormatUint(s.GetRecordsRejected(), 10) }},
		{title: "ERROR", firm: true, cell: (*sourcev1.Source).GetError},
	}
}
