// Package serve is the command that runs Signalbox, whole or in part, until it
// is told to stop. It reads the configuration, starts nothing if anything is
// wrong with it, and decides nothing else.
package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/telemetry"
	"github.com/signalbox-io/signalbox/services/app"
	configcommand "github.com/signalbox-io/signalbox/services/cli/config"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

const name = "serve"

// Is reports whether the command is this one.
func Is(command *cobra.Command) bool { return command.Name() == name }

// NewCommand returns `signalbox serve`. env looks up the environment. Each
// hangup makes a router of the process read its rules files again.
func NewCommand(env func(string) (string, bool), hangups <-chan os.Signal) *cobra.Command {
	var file, target string
	command := &cobra.Command{
		Use:   name,
		Short: "Run Signalbox, whole or in part",
		Long: `Run the targets in this process until it is interrupted; then drain and stop,
within 10 seconds. With several processes each reads the same configuration
file and runs its own target; they meet on the NATS server that nats.url names.
Without it each process runs an embedded server of its own, which the others do
not read. Only the process that runs an account's adapter needs its credential,
and only that of poller-anodot the secrets of webhooks.

Targets
` + about() + `
A wrong configuration or a wrong rules file starts nothing: every problem is
listed with its place and the exit code is 2.

Rules files are read again when they change, on SIGHUP, and on 'signalbox rules
reload'. Files with a fault are refused, and the rules that run go on. The
configuration and the credentials are read at the start only.`,
		Example: `  signalbox serve --config signalbox.yaml
  signalbox serve --config signalbox.yaml --target=router,query`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			selected, err := app.Select(target)
			if err != nil {
				return exit.Usage(fmt.Errorf("--target: %w", err))
			}
			cfg, err := configcommand.Load(command, file, env, credentials(selected)...)
			if err != nil {
				return exit.Usage(err)
			}
			return run(command, selected.Claim(cfg), selected.Targets, hangups)
		},
	}
	command.Flags().StringVar(&file, "config", config.DefaultFile, "configuration file")
	command.Flags().StringVar(&target, "target", app.All, "what to run: all, or names separated by commas")
	_ = command.RegisterFlagCompletionFunc("target", completeTarget) // fails only for a flag that is not there
	return command
}

// credentials are those that the targets need.
func credentials(selected app.Selection) []config.Option {
	options := []config.Option{config.WithCredentials(selected.Holds)}
	if selected.Receives() {
		options = append(options, config.WithWebhooks())
	}
	return options
}

func about() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %-24s %s\n", app.All, "every one of these")
	for _, target := range app.AllTargets() {
		fmt.Fprintf(&b, "  %-24s %s\n", target.Name, target.About)
	}
	return b.String()
}

func completeTarget(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	list := []string{app.All}
	for _, target := range app.AllTargets() {
		list = append(list, target.Name+"\t"+target.About)
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// run runs the targets until ctx ends or one of them dies.
func run(command *cobra.Command, cfg config.Config, targets []app.Target, hangups <-chan os.Signal) error {
	ctx, logger := command.Context(), telemetry.NewLogger(command.ErrOrStderr(), cfg.Log.Format, cfg.Log.Level)
	box, err := app.New(cfg, targets, app.Options{Logger: logger})
	if err != nil {
		return exit.Usage(configcommand.Faults(command, err))
	}
	if err := box.Start(ctx); err != nil {
		return ended(ctx, err)
	}
	logger.InfoContext(ctx, "signalbox runs", slog.Any("targets", app.Names(targets)),
		slog.String("grpc", box.GRPCAddr()), slog.String("http", box.HTTPAddr()), slog.String("nats", box.NATSURL()))
	listening, unlisten := context.WithCancel(ctx)
	var listener sync.WaitGroup
	listener.Go(func() { reload(listening, box, logger, hangups) })
	err = box.Wait(ctx)
	unlisten()
	listener.Wait()
	logger.InfoContext(ctx, "signalbox stops")
	return errors.Join(err, box.Stop(context.WithoutCancel(ctx)))
}

// reload reads the rules files again at each hangup, until ctx ends.
func reload(ctx context.Context, box *app.App, logger *slog.Logger, hangups <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		// What comes of it is in the log already.
		if err := box.Reload(ctx); errors.Is(err, app.ErrNoRules) {
			logger.WarnContext(ctx, "a hangup is ignored", slog.Any("error", err))
		}
	}
}

// ended makes an interruption during the start no failure.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
