package query

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

const awaitingFilter = `action.state == AWAITING_APPROVAL`

// decision is a person's word on one action.
type decision struct {
	person

	reason string
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
			return d.ask(command, "approve the action", func(ctx context.Context, c routerv1.RouterServiceClient) (proto.Message, string, error) {
				answer, err := c.ApproveAction(ctx, &routerv1.ApproveActionRequest{ActionId: args[0], By: d.by})
				return answer.GetAction(), standing(answer.GetAction()), err
			})
		},
	}
	d.add(command, "who decides")
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
			return d.ask(command, "reject the action", func(ctx context.Context, c routerv1.RouterServiceClient) (proto.Message, string, error) {
				answer, err := c.RejectAction(ctx, &routerv1.RejectActionRequest{ActionId: args[0], By: d.by, Reason: d.reason})
				return answer.GetAction(), standing(answer.GetAction()), err
			})
		},
	}
	d.add(command, "who decides")
	command.Flags().StringVar(&d.reason, "reason", "", "why, for those who read the record")
	return command
}

func newRetry() *cobra.Command {
	var p person
	command := &cobra.Command{
		Use:   "retry ID",
		Short: "Have an action tried again that was given up or refused",
		Long: `Have an action tried again, once, that is FAILED or REFUSED, in its turn on its
target. Safety is asked again. A pause whose time is over is not made any more.
What failed with an unknown outcome and cannot be read back, such as a mail, may
be done twice: its detail says so.`,
		Example: `  signalbox actions list --filter '` + actionFilter + `'
  signalbox actions retry 5v2mj3q6x7k4w5e2r3t4y5u6i7 --by ann`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return p.ask(command, "retry the action", func(ctx context.Context, c routerv1.RouterServiceClient) (proto.Message, string, error) {
				answer, err := c.RetryAction(ctx, &routerv1.RetryActionRequest{ActionId: args[0], By: p.by})
				return answer.GetAction(), standing(answer.GetAction()), err
			})
		},
	}
	p.add(command, "who has it tried again")
	return command
}

// named fills in who asks, where nobody says.
func named(by *string) error {
	if *by != "" {
		return nil
	}
	me, err := user.Current()
	if err != nil {
		return exit.Usage(errors.New("--by is missing, and this machine does not say who you are"))
	}
	*by = me.Username
	return nil
}

// noRouter says what was being done and what went wrong; a process without a router
// is named.
func noRouter(ctx context.Context, c *client.Client, addr, doing string, err error) error {
	if status.Code(err) == codes.Unimplemented {
		return fmt.Errorf("%s: no router runs in the process at %s; name one that does with --addr", doing, addr)
	}
	return fmt.Errorf("%s: %w", doing, c.Explain(ctx, err))
}

// standing says where an action stands, in a line. Until when it is for tells
// nothing of one that is over.
func standing(a *actionv1.Action) string {
	parts := []string{word(a.GetState(), "STATE_"), a.GetType(), a.GetSource(), a.GetTarget()}
	switch a.GetState() {
	case actionv1.State_STATE_PENDING, actionv1.State_STATE_ATTEMPTING, actionv1.State_STATE_DONE:
		if a.GetExpiresAt() != nil {
			parts = append(parts, "until "+moment(a.GetExpiresAt()))
		}
	default:
	}
	by := a.GetDecidedBy()
	if a.GetRetriedBy() != "" {
		by = a.GetRetriedBy()
	}
	return strings.Join(append(parts, "by "+by), " ")
}
