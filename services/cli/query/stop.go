package query

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/text"
)

// errStillStopped is why `actions start` has not started them.
var errStillStopped = errors.New(
	"actions are still stopped by the configuration: take `stop` out of `safety` and restart the router")

func newStop() *cobra.Command {
	var p person
	var reason string
	command := &cobra.Command{
		Use:   "stop",
		Short: "Stop every action but those that end a pause or a lease",
		Long: `Stop every action, at once and over restarts, until actions start. What a rule
would do is decided REFUSED_SAFETY, and what is not attempted yet is refused,
both with this reason. What may have happened is read back. Alerts are resumed
in time all the same, and what a lease holds ends with it.`,
		Example: `  signalbox actions stop --by ann --reason "the vendor is restoring a backup"`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return p.ask(command, "stop actions", func(ctx context.Context, c routerv1.RouterServiceClient) (proto.Message, string, error) {
				answer, err := c.StopActions(ctx, &routerv1.StopActionsRequest{By: p.by, Reason: reason})
				return answer.GetStopSwitch(), stoppedLine(answer.GetStopSwitch(), p.by, reason), err
			})
		},
	}
	p.add(command, "who stops them")
	command.Flags().StringVar(&reason, "reason", "", "why, for those who find actions refused")
	return command
}

func newStart() *cobra.Command {
	var p person
	command := &cobra.Command{
		Use:   "start",
		Short: "Let actions go on that were stopped",
		Long: `Let actions go on that actions stop has stopped. What was refused meanwhile
stays refused: rules ask again when events ask for it, and actions retry has one
done that is still wanted.`,
		Example: `  signalbox actions start --by ann`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			var stands *routerv1.StopSwitch
			err := p.ask(command, "start actions", func(ctx context.Context, c routerv1.RouterServiceClient) (proto.Message, string, error) {
				answer, err := c.StartActions(ctx, &routerv1.StartActionsRequest{By: p.by})
				stands = answer.GetStopSwitch()
				return stands, stopLine(stands), err
			})
			if err == nil && stands.GetByConfiguration() != nil {
				return errStillStopped
			}
			return err
		},
	}
	p.add(command, "who lets them go on")
	return command
}

func newStatus() *cobra.Command {
	var f flags
	command := &cobra.Command{
		Use:     "status",
		Short:   "Tell whether actions are stopped, by whom, since when and why",
		Long:    `Tell whether actions are stopped, by whom, since when and why.`,
		Example: `  signalbox actions status`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return f.askRouter(command, "read whether actions are stopped",
				func(ctx context.Context, c routerv1.RouterServiceClient) (proto.Message, string, error) {
					answer, err := c.GetStatus(ctx, &routerv1.GetStatusRequest{})
					stands := answer.GetStopSwitch()
					if stands == nil {
						stands = &routerv1.StopSwitch{}
					}
					return stands, stopLine(stands), err
				})
		},
	}
	f.connection(command)
	return command
}

// stoppedLine says that actions are stopped, and whether they were before: whoever
// stops them first and why is recorded.
func stoppedLine(s *routerv1.StopSwitch, by, reason string) string {
	if hand := s.GetByHand(); hand.GetBy() == by && hand.GetReason() == reason {
		return stopLine(s)
	}
	return "nothing changed, they were stopped already: " + stopLine(s)
}

// stopLine says whether actions are stopped.
func stopLine(s *routerv1.StopSwitch) string {
	line := ""
	if hand := s.GetByHand(); hand != nil {
		line = fmt.Sprintf("actions are stopped by %s since %s", hand.GetBy(), moment(hand.GetAt()))
		if hand.GetReason() != "" {
			line += ": " + hand.GetReason()
		}
	}
	if configuration := s.GetByConfiguration(); configuration != nil {
		if line != "" {
			line += "; "
		}
		line += "actions are stopped by safety.stop in the configuration since " + moment(configuration.GetAt())
	}
	if line == "" {
		return "actions are not stopped"
	}
	return line
}

// person is who asks the router for something.
type person struct {
	flags

	by string
}

func (p *person) add(command *cobra.Command, what string) {
	p.connection(command)
	command.Flags().StringVar(&p.by, "by", "", what+"; the name of the user of this machine if it is left out")
}

// ask asks the router in the person's name and prints its answer.
func (p *person) ask(
	command *cobra.Command, doing string,
	call func(context.Context, routerv1.RouterServiceClient) (proto.Message, string, error),
) error {
	if err := p.check(); err != nil {
		return err
	}
	if err := named(&p.by); err != nil {
		return err
	}
	return p.askRouter(command, doing, call)
}

// askRouter asks the router and prints its answer: as JSON, or the line for people.
func (f *flags) askRouter(
	command *cobra.Command, doing string,
	call func(context.Context, routerv1.RouterServiceClient) (proto.Message, string, error),
) error {
	if err := f.check(); err != nil {
		return err
	}
	return withClient(*f, func(c *client.Client) error {
		ctx, cancel := c.Bound(command.Context())
		defer cancel()
		answer, line, err := call(ctx, routerv1.NewRouterServiceClient(c.Conn()))
		switch {
		case err != nil:
			return noRouter(command.Context(), c, f.addr, doing, err)
		case f.output == outputJSON:
			return jsonLine(command.OutOrStdout(), answer)
		}
		_, err = fmt.Fprintln(command.OutOrStdout(), text.Line(line))
		return err
	})
}
