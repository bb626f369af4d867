package query

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

func newRelease() *cobra.Command {
	var p person
	var reason string
	command := &cobra.Command{
		Use:   "release ID",
		Short: "End a lease before its time and resume its target",
		Long: `End a lease before its time, for all who hold it. Its target is resumed as at
the end of every lease: the lease is active until the vendor shows it. Rules may
pause it again when events ask for it.`,
		Example: `  signalbox leases release 5v2mj3q6x7k4w5e2r3t4y5u6i7 --by ann --reason "the deploy is over"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return p.ask(command, "release the lease", func(ctx context.Context, c routerv1.RouterServiceClient) (proto.Message, string, error) {
				answer, err := c.ReleaseLease(ctx, &routerv1.ReleaseLeaseRequest{LeaseId: args[0], By: p.by, Reason: reason})
				return answer.GetLease(), released(answer.GetLease()), err
			})
		},
	}
	p.add(command, "who ends it")
	command.Flags().StringVar(&reason, "reason", "", "why, for those who read the record")
	return command
}

// released says what becomes of a lease that is over now.
func released(l *actionv1.Lease) string {
	line := []string{"resuming", l.GetSource(), l.GetTarget() + ":", "the lease is over since", moment(l.GetUntil())}
	if l.GetReleasedBy() != "" {
		line = append(line, "by", l.GetReleasedBy())
	}
	return strings.Join(line, " ")
}
