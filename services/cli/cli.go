// Package cli is the command line: it puts the commands together, runs one,
// and turns what it returns into one line for the user and an exit code. What
// a command does is in its own package; nothing here knows a service.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/services/cli/backfill"
	"github.com/signalbox-io/signalbox/services/cli/config"
	"github.com/signalbox-io/signalbox/services/cli/demo"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/health"
	"github.com/signalbox-io/signalbox/services/cli/query"
	"github.com/signalbox-io/signalbox/services/cli/rules"
	"github.com/signalbox-io/signalbox/services/cli/serve"
	"github.com/signalbox-io/signalbox/services/cli/simulate"
)

// Streams are what a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Hangups are the SIGHUPs of the process, nil for none. They end a command
	// but for serve, which reads its rules again.
	Hangups <-chan os.Signal
}

// Run runs the command that args name and returns the exit code: 0 for
// success, 1 for findings or failure, 2 for wrong usage. env looks up the
// environment. The command ends when ctx does.
func Run(ctx context.Context, args []string, streams Streams, env func(string) (string, bool)) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	root := newRoot(env, streams.Hangups)
	root.PersistentPreRun = func(command *cobra.Command, _ []string) {
		if !serve.Is(command) {
			go endOn(ctx, streams.Hangups, cancel)
		}
	}
	root.SetArgs(args)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(streams.Err, "signalbox:", err)
	if _, ok := errors.AsType[argumentError](err); ok {
		_, _ = fmt.Fprintf(streams.Err, "See '%s --help'.\n", command.CommandPath())
	}
	return exit.Code(err)
}

// endOn ends the command when the terminal hangs up.
func endOn(ctx context.Context, hangups <-chan os.Signal, cancel context.CancelFunc) {
	select {
	case <-hangups:
		cancel()
	case <-ctx.Done():
	}
}

func newRoot(env func(string) (string, bool), hangups <-chan os.Signal) *cobra.Command {
	root := &cobra.Command{
		Use:   "signalbox",
		Short: "Decide by rules what becomes of alerts, and act back on the detectors",
		Long: `Signalbox reads what anomaly detectors, ad-fraud, reporting and web-analytics
systems say, decides by rules, and acts back on the detectors: it pauses an
alert under a lease, resumes it in time, creates a watcher. It can tell what
happened and why.

Begin with 'signalbox demo'.`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return argumentError{exit.Usage(err)} })
	root.AddCommand(
		demo.NewCommand(env), serve.NewCommand(env, hangups), simulate.NewCommand(),
		query.NewEvents(), query.NewDecisions(), query.NewActions(), query.NewLeases(), query.NewSources(), query.NewAlerts(), query.NewDead(), backfill.NewCommand(),
		rules.NewCommand(env), config.NewCommand(env), health.NewCommand(),
	)
	refuseBadArguments(root)
	return root
}

// refuseBadArguments makes what cobra says of a command's arguments an error
// of usage.
func refuseBadArguments(command *cobra.Command) {
	if check := command.Args; check != nil {
		command.Args = func(command *cobra.Command, args []string) error {
			if err := check(command, args); err != nil {
				return argumentError{exit.Usage(err)}
			}
			return nil
		}
	}
	for _, child := range command.Commands() {
		refuseBadArguments(child)
	}
}

// argumentError marks an error that --help answers.
type argumentError struct{ error }

// Unwrap returns the error within, which knows its exit code.
func (e argumentError) Unwrap() error { return e.error }

// version is what the Go toolchain stamped into the binary.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}
