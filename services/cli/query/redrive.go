package query

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	deadv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/dead/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/text"
)

// errNotAll is why the exit code is 1.
var errNotAll = errors.New("not every dead letter could be redriven; the lines above say what each needs")

// redrive is what the user wants of dead letters.
type redrive struct {
	person

	isAll, isDry, isSure bool
	// queryAddr is where letters are chosen, "" for the router's address.
	queryAddr string
}

func newRedrive() *cobra.Command {
	var r redrive
	command := &cobra.Command{
		Use:   "redrive [ID ...]",
		Short: "Try again what dead letters are about, once",
		Long: `Try again what dead letters are about: an event that could not be read is
judged, an action that was given up or could not be recorded is done. A letter
that was redriven says so and is never redriven again. What a vendor has to tell
again is not redriven from here; the line says what to do.

Name the letters, or choose them by --filter or --all: then it is only told what
would be done, unless --yes is there too. The oldest goes first.

The router redrives, and query knows what there is. Where they run in different
processes --addr names the router's and --query-addr that of query.`,
		Example: `  signalbox dead redrive 41
  signalbox dead redrive --filter 'dead.reason == "failed"'
  signalbox dead redrive --filter 'dead.reason == "failed"' --yes --by ann
  signalbox dead redrive --all --addr router:7420 --query-addr query:7420`,
		RunE: func(command *cobra.Command, ids []string) error { return r.run(command, ids) },
	}
	r.add(command, "who redrives them")
	r.selection(command, deadFilter)
	command.Flags().BoolVar(&r.isAll, "all", false, "all dead letters")
	command.Flags().BoolVar(&r.isDry, "dry-run", false, "only tell what would be done")
	command.Flags().BoolVar(&r.isSure, "yes", false, "do it to those that --filter or --all choose")
	command.Flags().StringVar(&r.queryAddr, "query-addr", "", "gRPC address of query, for --filter and --all; that of --addr if it is left out")
	return command
}

func (r *redrive) checkChoice(ids []string) error {
	chosen := 0
	for _, is := range []bool{len(ids) > 0, r.filter != "", r.isAll} {
		if is {
			chosen++
		}
	}
	if chosen != 1 {
		return exit.Usage(errors.New("name dead letters by their ids, or choose them by --filter or by --all; one of the three"))
	}
	if len(ids) > 0 && r.queryAddr != "" {
		return exit.Usage(errors.New("--query-addr is for --filter and --all: letters that are named are not looked for"))
	}
	return nil
}

func (r *redrive) run(command *cobra.Command, ids []string) error {
	if err := errors.Join(r.check(), r.checkChoice(ids)); err != nil {
		return err
	}
	if err := named(&r.by); err != nil {
		return err
	}
	if len(ids) == 0 {
		r.isDry = r.isDry || !r.isSure
		var err error
		if ids, err = r.choose(command); err != nil {
			return err
		}
		if len(ids) == 0 {
			_, _ = fmt.Fprintln(command.ErrOrStderr(), "no dead letters are left to redrive")
			return nil
		}
	} else {
		r.isSure = true
	}
	return r.all(command, ids)
}

// all redrives letters and tells what became of them.
func (r *redrive) all(command *cobra.Command, ids []string) error {
	return withClient(r.flags, func(c *client.Client) error {
		counts, err := r.each(command, c, ids)
		if err != nil {
			return err
		}
		r.sum(command.ErrOrStderr(), counts)
		if counts[routerv1.RedriveDeadLetterResponse_OUTCOME_CANNOT_REDRIVE] > 0 && !r.isDry {
			return errNotAll
		}
		return nil
	})
}

// choose returns the ids of the letters that the filter meets, the oldest first.
func (r *redrive) choose(command *cobra.Command) (ids []string, err error) {
	flag := "--query-addr"
	if r.queryAddr == "" {
		flag, r.queryAddr = "--addr", r.addr
	}
	c, err := client.NewNamed(flag, r.queryAddr, r.timeout)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	f := r.flags
	f.limit = maxLimit
	_, _, err = deadList().read(command.Context(), c, f, func(letter *deadv1.DeadLetter) error {
		if letter.GetRedrive() == nil {
			ids = append(ids, letter.GetId())
		}
		return nil
	})
	if errors.Is(err, client.ErrNotServed) {
		return nil, fmt.Errorf("list dead letters: no query runs in the process at %s; name one that does with --query-addr", r.queryAddr)
	}
	slices.Reverse(ids)
	return ids, err
}

// outcomes counts letters by what became of them.
type outcomes map[routerv1.RedriveDeadLetterResponse_Outcome]int

// each redrives one letter after the other and tells of each as it goes.
func (r *redrive) each(command *cobra.Command, c *client.Client, ids []string) (outcomes, error) {
	counts := outcomes{}
	for _, id := range ids {
		answer, err := r.one(command.Context(), c, id)
		if err != nil {
			return counts, err
		}
		counts[answer.GetOutcome()]++
		if err := r.show(command.OutOrStdout(), id, answer); err != nil {
			return counts, err
		}
	}
	return counts, nil
}

func (r *redrive) one(ctx context.Context, c *client.Client, id string) (*routerv1.RedriveDeadLetterResponse, error) {
	call, cancel := c.Bound(ctx)
	defer cancel()
	answer, err := routerv1.NewRouterServiceClient(c.Conn()).RedriveDeadLetter(call,
		&routerv1.RedriveDeadLetterRequest{Id: id, By: r.by, DryRun: r.isDry})
	if err != nil {
		return nil, noRouter(ctx, c, r.addr, "redrive dead letter "+id, err)
	}
	return answer, nil
}

func (r *redrive) show(out io.Writer, id string, answer *routerv1.RedriveDeadLetterResponse) error {
	if r.output == outputJSON {
		return jsonLine(out, answer)
	}
	outcome := strings.ToLower(strings.ReplaceAll(word(answer.GetOutcome(), "OUTCOME_"), "_", " "))
	_, err := fmt.Fprintln(out, text.Line(id+" "+outcome+": "+answer.GetDetail()))
	return err
}

// sum tells on the side how many letters became what.
func (r *redrive) sum(out io.Writer, counts outcomes) {
	line := fmt.Sprintf("redriven: %d, before: %d, cannot be: %d",
		counts[routerv1.RedriveDeadLetterResponse_OUTCOME_REDRIVEN], counts[routerv1.RedriveDeadLetterResponse_OUTCOME_REDRIVEN_BEFORE],
		counts[routerv1.RedriveDeadLetterResponse_OUTCOME_CANNOT_REDRIVE])
	if r.isDry {
		would := counts[routerv1.RedriveDeadLetterResponse_OUTCOME_WOULD_REDRIVE]
		line = fmt.Sprintf("would be redriven: %d, were before: %d, cannot be: %d; nothing was done", would,
			counts[routerv1.RedriveDeadLetterResponse_OUTCOME_REDRIVEN_BEFORE],
			counts[routerv1.RedriveDeadLetterResponse_OUTCOME_CANNOT_REDRIVE])
		if would > 0 && !r.isSure {
			line += ": add --yes"
		}
	}
	_, _ = fmt.Fprintln(out, line)
}
