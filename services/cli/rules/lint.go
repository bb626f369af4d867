package rules

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	configcommand "github.com/signalbox-io/signalbox/services/cli/config"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/text"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// outputSARIF is the format that code hosts and editors read findings in.
const outputSARIF = "sarif"

type lintFlags struct {
	config, output string
	strict         bool
	classes        bool
}

func newLint(env func(string) (string, bool)) *cobra.Command {
	var f lintFlags
	command := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Check rules files without running them",
		Long: `Check rules files as Signalbox would when it starts, the files together as one
set. Every fault is printed with its place (file:line:column) and a caret. What
loads and is hardly meant so is a warning: rules that can never match, that say
what an earlier one says, that wait too short or are always muted.

With --config the sources that actions name must be those of the
configuration, of which no secret is read, and how often they are polled is
known; without it any name of a source will do, and lint says which were not
checked. A file called - is standard input.

With --classes each condition is shown with the way in which it is found:
indexed by a value or a text that it needs, ruled out by a bitmap, or scanned,
which is evaluated on every event of the rule's kinds; and with the cost of what
is left to CEL, in units of about 50 ns.

The exit code is 0 if nothing is wrong, 1 if something is; with --strict a
warning is wrong.`,
		Example: `  signalbox rules lint rules/*.yaml
  signalbox rules lint --config signalbox.yaml --strict rules/*.yaml
  signalbox rules lint --output sarif rules/*.yaml > rules.sarif`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, files []string) error {
			if !slices.Contains([]string{outputText, outputJSON, outputSARIF}, f.output) {
				return exit.Usage(fmt.Errorf("--output %q: write %s, %s or %s", f.output, outputText, outputJSON, outputSARIF))
			}
			return lint(command, files, f, env)
		},
	}
	set := command.Flags()
	set.StringVar(&f.config, "config", "", "configuration file whose sources the rules may name")
	set.StringVarP(&f.output, "output", "o", outputText, "text, json or sarif")
	set.BoolVar(&f.classes, "classes", false, "show how each condition is found among many, and what it costs")
	set.BoolVar(&f.strict, "strict", false, "let a warning be a failure")
	return command
}

// lint checks files as one set.
func lint(command *cobra.Command, names []string, f lintFlags, env func(string) (string, bool)) error {
	if err := readOnce(names); err != nil {
		return err
	}
	around, err := surroundingsOf(f.config, env)
	if err != nil {
		return err
	}
	files, err := read(command.InOrStdin(), names)
	if err != nil {
		return err
	}
	set, err := rule.Load(files, rule.Catalog{Sources: around.Sources})
	if faults, ok := errors.AsType[rule.Errors](err); ok && f.output != outputText {
		return errors.Join(printFindings(command, f.output, findingsOf(nil, faults, nil)),
			fmt.Errorf("the rules have %s", text.Count(len(faults), "fault")))
	}
	if err != nil {
		return configcommand.Faults(command, err)
	}
	found := findingsOf(set, nil, rule.Lint(set, around))
	if f.config == "" {
		found.Unchecked = uncheckedOf(set)
	}
	if found.Conditions, err = conditionsOf(set); err != nil {
		return err
	}
	if f.output == outputText {
		err = printText(command, found, f.classes)
	} else {
		err = printFindings(command, f.output, found)
	}
	if err == nil && f.strict && len(found.Findings) > 0 {
		return fmt.Errorf("the rules have %s, and --strict lets none pass", text.Count(len(found.Findings), "warning"))
	}
	return err
}
