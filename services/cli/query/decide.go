package query

import (
	"errors"
	"fmt"
	"os/user"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/text"
)

const awaitingFilter = `action.state == AWAITING_APPROVAL`

// decision is a person's word on one action.
type decision struct {
	flags

	by, reason string
}

func newApprove() *cobra.Command {
	var d decision
	command := &cobra.Command{
		Use:   "approve ID",
		Short: "Let an action be done that a rule in mode suggest asked for",
		Long: `Let an action be done that waits for approval. A lease that it takes begins now.
Approving twice does it once: whoever comes second is told what the first one
decided. The ids of what waits are in

  signalbox actions list --filter '` + awaitingFilter + `'`,
		Example: `  signalbox actions approve 5v2mj3q6x7k4w5e2r3t4y5u6i7 --by ann`,
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return d.say(command, "approve", func(c *client.Client) (*actionv1.Action, error) {
				ctx, cancel := c.Bound(command.Context())
				defer cancel()
				answer, err := routerv1.NewRouterServiceClient(c.Conn()).ApproveAction(ctx,
					&routerv1.ApproveActionRequest{ActionId: args[0], By: d.by})
				return answer.GetAction(), err
			})
		},
	}
	d.add(command)
	return command
}

func newReject() *cobra.Command {
	var d decision
	command := &cobra.Command{
		Use:   "reject ID",
		Short: "End an action that a rule in mode suggest asked for",
		Long: `End an action that waits for approval; it is not done. The rule's cooldown goes
on as if it had been.`,
		Example: `  signalbox actions reject 5v2mj3q6x7k4w5e2r3t4y5u6i7 --by ann --reason "the outage is real"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return d.say(command, "reject", func(c *client.Client) (*actionv1.Action, error) {
				ctx, cancel := c.Bound(command.Context())
				defer cancel()
				answer, err := routerv1.NewRouterServiceClient(c.Conn()).RejectAction(ctx,
					&routerv1.RejectActionRequest{ActionId: args[0], By: d.by, Reason: d.reason})
				return answer.GetAction(), err
			})
		},
	}
	d.add(command)
	command.Flags().StringVar(&d.reason, "reason", "", "why, for those who read the record")
	return command
}

func (d *decision) add(command *cobra.Command) {
	d.connection(command)
	command.Flags().StringVar(&d.by, "by", "", "who decides; the name of the user of this machine if it is left out")
}

// say asks the router and prints where the action stands then.
func (d *decision) say(command *cobra.Command, word string, ask func(*client.Client) (*actionv1.Action, error)) error {
	if err := d.check(); err != nil {
		return err
	}
	if d.by == "" {
		me, err := user.Current()
		if err != nil {
			return exit.Usage(errors.New("--by is missing, and this machine does not say who you are"))
		}
		d.by = me.Username
	}
	return withClient(d.flags, func(c *client.Client) error {
		a, err := ask(c)
		switch {
		case status.Code(err) == codes.Unimplemented:
			return fmt.Errorf("%s the action: no router runs in the process at %s; name one that does with --addr", word, d.addr)
		case err != nil:
			return fmt.Errorf("%s the action: %w", word, c.Explain(command.Context(), err))
		case d.output == outputJSON:
			return jsonLine(command.OutOrStdout(), a)
		}
		_, err = fmt.Fprintln(command.OutOrStdout(), text.Line(standing(a)))
		return err
	})
}

// standing says where an action stands, in a line.
func standing(a *actionv1.Action) string {
	parts := []string{word(a.GetState(), "STATE_"), a.GetType(), a.GetSource(), a.GetTarget()}
	if a.GetExpiresAt() != nil {
		parts = append(parts, "until "+moment(a.GetExpiresAt()))
	}
	return strings.Join(append(parts, "by "+a.GetDecidedBy()), " ")
}
