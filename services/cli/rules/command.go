package rules

import (
	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/services/cli/exit"
)

// NewCommand returns `signalbox rules` with its commands. env looks up the
// environment.
func NewCommand(env func(string) (string, bool)) *cobra.Command {
	return exit.Group(&cobra.Command{
		Use:   "rules",
		Short: "Check and test rules files, and see and reload the rules that run",
		Long: `Check and test rules files: what is decided about events, and what is done. See
the rules of a running Signalbox, and let it read its files again.`,
		Example: `  signalbox rules lint rules/*.yaml
  signalbox rules test rules/
  signalbox rules explain --event ID --rule NAME
  signalbox rules list
  signalbox rules reload`,
	}, newLint(env), newTest(env), newBacktest(env), newExplain(env), newSchema(),
		newList(), newGet(), newReload())
}
