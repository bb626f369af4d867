package config

import (
	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

// environment looks up a variable.
type environment func(string) (string, bool)

// NewCommand returns `signalbox config` with its commands. env looks up the
// environment, from which secrets come.
func NewCommand(env func(string) (string, bool)) *cobra.Command {
	return exit.Group(&cobra.Command{
		Use:   "config",
		Short: "Check and show the configuration",
		Long: `Check the configuration file, show what it comes to, and show every setting
that there is.`,
		Example: `  signalbox config check --config signalbox.yaml
  signalbox config reference > signalbox.yaml`,
	}, newCheck(env), newPrint(env), newReference())
}

func newCheck(env environment) *cobra.Command {
	var file string
	var noCredentials bool
	command := &cobra.Command{
		Use:   "check",
		Short: "Check the configuration and the rules files it names",
		Long: `Check the configuration and, unless more is wrong with it than its credentials,
the rules files that it names. Every problem is printed with its place
(file:line:column) and what to do about it. Nothing is started and no vendor is
called.

With --no-credentials no secret is read, and none need be there: for CI and for
machines that must not hold them.

The exit code is 0 if everything is right, 1 if something is wrong.`,
		Example: `  signalbox config check
  signalbox config check --config /etc/signalbox/signalbox.yaml
  signalbox config check --no-credentials`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if noCredentials {
				return check(command, file, env, WithoutCredentials())
			}
			return check(command, file, env)
		},
	}
	addConfig(command, &file)
	command.Flags().BoolVar(&noCredentials, "no-credentials", false, "read no secret, and want none")
	return command
}

func newPrint(env environment) *cobra.Command {
	var file string
	command := &cobra.Command{
		Use:   "print",
		Short: "Print the effective configuration, secrets redacted",
		Long: `Print the configuration as Signalbox understands it: every default written out,
paths absolute, globs expanded, secrets as [redacted].`,
		Example: `  signalbox config print --config signalbox.yaml`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			cfg, err := Load(command, file, env)
			if err != nil {
				return err
			}
			return config.Print(command.OutOrStdout(), cfg)
		},
	}
	addConfig(command, &file)
	return command
}

func newReference() *cobra.Command {
	return &cobra.Command{
		Use:   "reference",
		Short: "Print every setting with its meaning and default",
		Long: `Print a configuration file with every setting, what it means, its unit and its
default.`,
		Example: `  signalbox config reference | less`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return config.Reference(command.OutOrStdout())
		},
	}
}

func addConfig(command *cobra.Command, file *string) {
	command.Flags().StringVar(file, "config", config.DefaultFile, "configuration file")
}
