package rules

import (
	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/services/cli/exit"
)

// NewCommand returns `signalbox rules` with its commands. env looks up the
// environment.
func NewCommand(env func(string) (string, bool)) *cobra.Command {
	return exit.Group(&cobra.Command{
		Use:     "rules",
		Short:   "Check rules files",
		Long:    `Check rules files: what is decided about events, and what is done.`,
		Example: `  signalbox rules lint rules/*.yaml`,
	}, newLint(env))
}

func newLint(env func(string) (string, bool)) *cobra.Command {
	var file string
	command := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Check rules files without running them",
		Long: `Check rules files as Signalbox would when it starts, the files together as one
set. Every fault is printed with its place (file:line:column) and a caret.

With --config the sources that actions name must be those of the
configuration, of which no secret is read; without it any name of a source will
do.

The exit code is 0 if everything is right, 1 if something is wrong.`,
		Example: `  signalbox rules lint rules/*.yaml
  signalbox rules lint --config signalbox.yaml rules/*.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, files []string) error {
			return lint(command, files, file, env)
		},
	}
	command.Flags().StringVar(&file, "config", "", "configuration file whose sources the rules may name")
	return command
}
