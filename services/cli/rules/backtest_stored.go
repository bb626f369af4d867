package rules

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
	configcommand "github.com/signalbox-io/signalbox/services/cli/config"
	"github.com/signalbox-io/signalbox/services/cli/text"
	"github.com/signalbox-io/signalbox/services/cli/when"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// backtestStored runs the rules over the events that a running Signalbox has
// stored.
func backtestStored(ctx context.Context, command *cobra.Command, f backtestFlags, to *backtestReport) (err error) {
	request, err := requestOf(command.InOrStdin(), f, time.Now())
	if err != nil {
		return err
	}
	c, err := client.New(f.addr, f.timeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	// A stream has no deadline; one that says nothing for so long has ended.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(f.timeout, func() { cancel(context.DeadlineExceeded) })
	defer silence.Stop()
	stream, err := routerv1.NewRouterServiceClient(c.Conn()).Backtest(ctx, request)
	for err == nil {
		var answer *routerv1.BacktestResponse
		if answer, err = stream.Recv(); err != nil {
			break
		}
		silence.Reset(f.timeout)
		if err := to.answer(answer); err != nil {
			return err
		}
		if answer.GetSummary() != nil {
			return nil
		}
	}
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		err = context.DeadlineExceeded
	}
	return explainBacktest(command, c, f.addr, err)
}

// answer prints a piece of the answer.
func (r *backtestReport) answer(answer *routerv1.BacktestResponse) error {
	for _, l := range answer.GetLines() {
		if err := r.line(l); err != nil {
			return err
		}
	}
	for _, d := range answer.GetDifferences() {
		if err := r.difference(d); err != nil {
			return err
		}
	}
	if p := answer.GetProgress(); p != nil {
		r.progress(p.GetEvents(), float64(p.GetEvents()), float64(p.GetTotal()))
	}
	if s := answer.GetSummary(); s != nil {
		return r.summary(s)
	}
	return nil
}

// explainBacktest says what went wrong. The faults of rules files are printed
// as lint prints them.
func explainBacktest(command *cobra.Command, c *client.Client, addr string, err error) error {
	known := status.Convert(err)
	if known.Code() == codes.Unimplemented {
		return fmt.Errorf("backtest: the process at %s does not run the router; name one that does with --addr", addr)
	}
	for _, detail := range known.Details() {
		if problems, ok := detail.(*routerv1.RuleProblems); ok {
			return configcommand.Faults(command, faultsOf(problems))
		}
	}
	return fmt.Errorf("backtest: %w", c.Explain(command.Context(), err))
}

// faultsOf returns the problems as compiling here would have given them.
func faultsOf(problems *routerv1.RuleProblems) rule.Errors {
	var faults rule.Errors
	for _, p := range problems.GetProblems() {
		faults = append(faults, &rule.Problem{
			File: text.Line(p.GetFile()), Line: int(p.GetLine()), Column: int(p.GetColumn()), Rule: p.GetRule(),
			Message: text.Line(p.GetMessage()), Text: text.Lines(p.GetText()),
		})
	}
	return faults
}

// filesOf are the files as they are sent.
func filesOf(files []rule.File) []*routerv1.RulesFile {
	sent := make([]*routerv1.RulesFile, 0, len(files))
	for _, file := range files {
		sent = append(sent, &routerv1.RulesFile{Name: file.Name, Content: string(file.Data)})
	}
	return sent
}

// requestOf puts the request together. now is what relative times count from.
func requestOf(in io.Reader, f backtestFlags, now time.Time) (*routerv1.BacktestRequest, error) {
	request := &routerv1.BacktestRequest{Outcomes: f.outcomes, RuleNames: f.names}
	for _, side := range []struct {
		names []string
		files *[]*routerv1.RulesFile
	}{{f.rules, &request.Rules}, {f.against, &request.Against}} {
		if len(side.names) == 0 {
			continue
		}
		files, err := read(in, side.names)
		if err != nil {
			return nil, err
		}
		*side.files = filesOf(files)
	}
	var err error
	if request.From, err = when.Parse("--from", f.from, now); err != nil {
		return nil, err
	}
	if request.To, err = when.Parse("--to", f.to, now); err != nil {
		return nil, err
	}
	return request, nil
}
