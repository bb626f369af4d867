package query

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
)

func newEventTail() *cobra.Command {
	var f flags
	command := &cobra.Command{
		Use:   "tail",
		Short: "Show events as they arrive",
		Long: `Show events as they arrive, until interrupted. When Signalbox stops or the
connection breaks the command ends with exit code 1; events that arrive until it
is started again are found with events list.`,
		Example: `  signalbox events tail
  signalbox events tail --filter 'anomaly.score >= 0.9' --output json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return withClient(f, func(c *client.Client) error { return tail(command, c, f) })
		},
	}
	f.connection(command)
	f.selection(command, eventFilter)
	return command
}

// tail prints events until the command's context ends, which is no error.
func tail(command *cobra.Command, c *client.Client, f flags) error {
	ctx, cancel := context.WithCancel(command.Context())
	defer cancel()
	show := printer(command.OutOrStdout(), f)
	stream, err := queryv1.NewQueryServiceClient(c.Conn()).WatchEvents(ctx, &queryv1.WatchEventsRequest{Filter: f.filter})
	for err == nil {
		var answer *queryv1.WatchEventsResponse
		if answer, err = stream.Recv(); err != nil {
			break
		}
		if err := show(answer.GetEvent()); err != nil {
			return err
		}
	}
	explained := explain(command.Context(), c, err, "watch events", f.filter)
	if errors.Is(explained, client.ErrInterrupted) {
		return nil
	}
	return explained
}

// printer returns what prints an event, the first with the heading.
func printer(out io.Writer, f flags) func(*eventv1.Event) error {
	if f.output == outputJSON {
		return func(e *eventv1.Event) error { return jsonLine(out, e) }
	}
	lines := table[*eventv1.Event]{columns: eventColumns(), width: widthOf(out)}
	widths := lines.widest()
	headed := false
	return func(e *eventv1.Event) error {
		var rows [][]string
		if !headed {
			rows, headed = append(rows, lines.heading()), true
		}
		return lines.write(out, append(rows, lines.row(e)), widths)
	}
}
