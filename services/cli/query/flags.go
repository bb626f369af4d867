package query

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

// The forms of output.
const (
	outputTable = "table"
	outputJSON  = "json"
)

const (
	defaultLimit   = 50
	maxLimit       = 100_000
	defaultTimeout = 10 * time.Second
)

// flags are what the user says on the command line. A command has those of
// them that mean something to it.
type flags struct {
	addr    string
	timeout time.Duration
	output  string
	filter  string
	limit   int
}

// connection adds the flags of every command.
func (f *flags) connection(command *cobra.Command) {
	set := command.Flags()
	set.StringVar(&f.addr, "addr", client.DefaultAddr, "gRPC address of the running Signalbox")
	set.DurationVar(&f.timeout, "timeout", defaultTimeout, "longest wait for one answer")
	set.StringVarP(&f.output, "output", "o", outputTable, "table, or json: one object a line")
	complete(command, "output", outputTable, outputJSON)
}

// selection adds the flags of a command that shows many records.
func (f *flags) selection(command *cobra.Command, example string) {
	command.Flags().StringVar(&f.filter, "filter", "", "CEL that a shown record meets, such as '"+example+"'")
}

// pages adds the flag of a command that reads page after page.
func (f *flags) pages(command *cobra.Command) {
	command.Flags().IntVar(&f.limit, "limit", defaultLimit, "most records to show, from the first of the list on")
}

// complete makes the shell complete a flag by its values.
func complete(command *cobra.Command, flag string, values ...string) {
	err := command.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag is not there: a mistake in this package
	}
}

// check tidies the flags and returns what is wrong with them. Places of faults
// in a filter are told without the blanks around it.
func (f *flags) check() error {
	f.filter = strings.TrimSpace(f.filter)
	if f.output != outputTable && f.output != outputJSON {
		return exit.Usage(fmt.Errorf("--output %q: write %s or %s", f.output, outputTable, outputJSON))
	}
	return nil
}

func (f *flags) checkLimit() error {
	if f.limit < 1 || f.limit > maxLimit {
		return exit.Usage(fmt.Errorf("--limit %d: write a number from 1 to %d", f.limit, maxLimit))
	}
	return nil
}
