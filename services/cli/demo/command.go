package demo

import (
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// NewCommand returns `signalbox demo`. env looks up the environment.
func NewCommand(env func(string) (string, bool)) *cobra.Command {
	var keep bool
	command := &cobra.Command{
		Use:   "demo",
		Short: "Watch the whole loop work, in about a minute",
		Long: `Run everything in one process with simulated vendors and tell what happens: an
ad-fraud wave at one campaign, a dip on its web site, two people who call an
alert noise. Signalbox pauses the alert under a lease, resumes it in time, and
creates a watcher, once.

Nothing is installed and nothing is left behind. The exit code is 0 if every
step of the story happened, 1 if one did not.`,
		Example: `  signalbox demo
  signalbox demo --keep     # stay up, and try the other commands on it`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			out := command.OutOrStdout()
			terminal := isTerminal(out)
			_, noColor := env("NO_COLOR")
			return Run(command.Context(), Options{
				Out: out, Terminal: terminal, Color: terminal && !noColor, Keep: keep, Env: env,
			})
		},
	}
	command.Flags().BoolVar(&keep, "keep", false, "stay up after the story, until interrupted")
	return command
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
