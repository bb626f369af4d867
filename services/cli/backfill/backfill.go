// Package backfill is the command that lets a running poller read a span of its
// source's past again. It shows how far that is; what is read goes to the bus
// and never comes here.
package backfill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pollerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/poller/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/when"
)

// defaultTimeout is longer than a piece may take whose vendor's budget is used
// up.
const defaultTimeout = 10 * time.Minute

// flags are what the user says on the command line.
type flags struct {
	source, from, to, addr string
	timeout                time.Duration
}

// NewCommand returns `signalbox backfill`.
func NewCommand() *cobra.Command {
	var f flags
	command := &cobra.Command{
		Use:   "backfill --source NAME --from T [--to T]",
		Short: "Read a span of a source's past again",
		Long: `Let the poller of a running Signalbox read a span of its source's past again and
publish what it holds, oldest first, within the vendor's budget and beside the
polls that go on. Use it after a gap: a stream that was lost, a source that was
configured late, a mapping that was mended.

Events have the ids that they always have, so what is known has no effect. What
is older than engine.max_lateness is recorded as late and starts no action.

A part of the source that the vendor refuses costs only itself: the rest is read
to the end, and the command then tells which span to read again and ends with 1.

Ctrl-C ends it; what was read until then is published, and another backfill goes
on from the time that was shown last. Vendors that tell only the present have no
past to read: Analytics and Secure Reporter.`,
		Example: `  signalbox backfill --source anomify-prod --from '7d ago'
  signalbox backfill --source anodot-prod --from 2026-01-02T00:00:00Z --to 2026-01-03T00:00:00Z`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return run(command, f) },
	}
	set := command.Flags()
	set.StringVar(&f.source, "source", "", "name of the source")
	set.StringVar(&f.from, "from", "", "start of the span, such as 2026-01-02T03:04:05Z or '7d ago'")
	set.StringVar(&f.to, "to", "", "end of the span; now if it is left out")
	set.StringVar(&f.addr, "addr", client.DefaultAddr, "gRPC address of the process that runs the source's poller")
	set.DurationVar(&f.timeout, "timeout", defaultTimeout, "longest wait for one piece")
	return command
}

func run(command *cobra.Command, f flags) (err error) {
	request, err := f.request(time.Now())
	if err != nil {
		return err
	}
	c, err := client.New(f.addr, f.timeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	// A stream has no deadline; one that says nothing for so long has ended.
	ctx, cancel := context.WithCancelCause(command.Context())
	defer cancel(nil)
	silence := time.AfterFunc(f.timeout, func() { cancel(context.DeadlineExceeded) })
	defer silence.Stop()
	stream, err := pollerv1.NewPollerServiceClient(c.Conn()).Backfill(ctx, request)
	if err != nil {
		return explain(command.Context(), c, f, err)
	}
	last, err := follow(stream, func(r *pollerv1.BackfillResponse) {
		silence.Reset(f.timeout)
		show(command.ErrOrStderr(), r)
	})
	endLine(command.ErrOrStderr(), last != nil)
	if err != nil {
		if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			err = context.DeadlineExceeded
		}
		return resume(command.OutOrStdout(), last, explain(command.Context(), c, f, err))
	}
	_, err = fmt.Fprintln(command.OutOrStdout(), summary(last))
	return err
}

func (f flags) request(now time.Time) (*pollerv1.BackfillRequest, error) {
	if f.source == "" || f.from == "" {
		return nil, exit.Usage(errors.New("--source and --from are needed; signalbox sources list shows the names"))
	}
	request := &pollerv1.BackfillRequest{Source: f.source}
	var err error
	if request.From, err = when.Parse("--from", f.from, now); err != nil {
		return nil, err
	}
	request.To, err = when.Parse("--to", f.to, now)
	return request, err
}

// follow reads the stream to its end and returns the last word.
func follow(
	stream grpc.ServerStreamingClient[pollerv1.BackfillResponse], tell func(*pollerv1.BackfillResponse),
) (last *pollerv1.BackfillResponse, err error) {
	for {
		answer, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF) && last != nil:
			return last, nil
		case err != nil:
			return last, err
		}
		last = answer
		tell(answer)
	}
}

// show writes how far it is, over the line before where that is a terminal.
func show(out io.Writer, r *pollerv1.BackfillResponse) {
	line := fmt.Sprintf("read to %s of %s, %d events, %d published",
		r.GetReadTo().AsTime().Format(time.RFC3339), r.GetTo().AsTime().Format(time.RFC3339), r.GetReturned(), r.GetPublished())
	if isTerminal(out) {
		_, _ = fmt.Fprint(out, "\r\x1b[K"+line)
		return
	}
	_, _ = fmt.Fprintln(out, line)
}

func endLine(out io.Writer, isShown bool) {
	if isShown && isTerminal(out) {
		_, _ = fmt.Fprintln(out)
	}
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

func summary(r *pollerv1.BackfillResponse) string {
	line := fmt.Sprintf("%d events read, %d published, %d known already",
		r.GetReturned(), r.GetPublished(), r.GetReturned()-min(r.GetPublished(), r.GetReturned()))
	if r.GetIncomplete() > 0 {
		line += fmt.Sprintf("; a part could not be read in %d pieces", r.GetIncomplete())
	}
	if r.GetRejected() > 0 {
		line += fmt.Sprintf("; %d records rejected: see signalbox dead list", r.GetRejected())
	}
	return line
}

func explain(ctx context.Context, c *client.Client, f flags, err error) error {
	if status.Code(err) == codes.Unimplemented {
		return fmt.Errorf("backfill: no poller runs in the process at %s; name one that does with --addr", f.addr)
	}
	return fmt.Errorf("backfill: %w", c.Explain(ctx, err))
}

// resume adds how to go on to an error that ended a backfill on its way. One that
// came at the end says itself what is missing.
func resume(out io.Writer, last *pollerv1.BackfillResponse, err error) error {
	switch {
	case last == nil:
		return err
	case !last.GetReadTo().AsTime().Before(last.GetTo().AsTime()):
		_, printErr := fmt.Fprintln(out, summary(last))
		return errors.Join(err, printErr)
	default:
		return fmt.Errorf("%w; go on with --from %s", err, last.GetReadTo().AsTime().Format(time.RFC3339))
	}
}
