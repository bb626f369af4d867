package rules

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

// The forms in which the rules of a running Signalbox are shown.
const (
	runningTable = "table"
	runningJSON  = "json"
)

// running are the flags of commands that ask a running Signalbox.
type running struct {
	addr    string
	timeout time.Duration
	output  string
	ruleSet string
}

func (f *running) connection(command *cobra.Command) {
	command.Flags().StringVar(&f.addr, "addr", client.DefaultAddr, "gRPC address of the running Signalbox")
	command.Flags().DurationVar(&f.timeout, "timeout", 30*time.Second, "longest wait for the answer")
}

func (f *running) selection(command *cobra.Command) {
	command.Flags().StringVar(&f.ruleSet, "rule-set", "", "version of an earlier set, as decisions name it")
	command.Flags().StringVarP(&f.output, "output", "o", runningTable, "table, or json: one object a line")
	_ = command.RegisterFlagCompletionFunc("output", // fails only for a flag that is not there
		cobra.FixedCompletions([]string{runningTable, runningJSON}, cobra.ShellCompDirectiveNoFileComp))
}

func (f *running) check() error {
	if f.output != runningTable && f.output != runningJSON {
		return exit.Usage(fmt.Errorf("--output %q: write %s or %s", f.output, runningTable, runningJSON))
	}
	return nil
}

// ask calls the router that the flags name. Its error says what to do.
func (f *running) ask(
	ctx context.Context, doing string, call func(context.Context, routerv1.RouterServiceClient) error,
) (err error) {
	c, err := client.New(f.addr, f.timeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	bound, cancel := c.Bound(ctx)
	defer cancel()
	err = call(bound, routerv1.NewRouterServiceClient(c.Conn()))
	switch {
	case err == nil:
		return nil
	case problemsOf(err) != nil:
		return err
	case status.Code(err) == codes.Unimplemented:
		return fmt.Errorf("%s: no router runs in the process at %s; name one that does with --addr", doing, f.addr)
	default:
		return fmt.Errorf("%s: %w", doing, c.Explain(ctx, err))
	}
}

// problemsOf returns the problems for which rules were refused, nil for another
// error.
func problemsOf(err error) *routerv1.RuleProblems {
	for _, detail := range status.Convert(err).Details() {
		if problems, ok := detail.(*routerv1.RuleProblems); ok {
			return problems
		}
	}
	return nil
}

// objectLine writes a message as one line of JSON. protojson varies its blanks on
// purpose; they are taken out.
func objectLine(out io.Writer, m proto.Message) error {
	data, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(m)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, data); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	line.WriteByte('\n')
	if _, err := out.Write(line.Bytes()); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}
