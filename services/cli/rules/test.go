package rules

import (
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/services/cli/exit"
)

// testFlags are what the user says.
type testFlags struct {
	config      string
	output      string
	junit       string
	run         string
	coverage    bool
	minCoverage int
	verbose     bool

	match *regexp.Regexp // of run
}

func newTest(env func(string) (string, bool)) *cobra.Command {
	var f testFlags
	command := &cobra.Command{
		Use:   "test FILE...",
		Short: "Test rules by suites: events, and what is decided about them",
		Long: `Play the cases of suites with the engine that judges live events, and compare
what comes with what is expected. A suite is a YAML file whose name ends in
_test.yaml; of a folder every suite in it and below is played, and - is standard
input. It names its rules and tells stories:

  rules: [rules.yaml]
  tests:
    - name: two people who dislike an alert quiet it
      steps:
        - {id: ann, at: "09:00", feedback: {verdict: NOT_INTERESTING, alert_id: "17"}}
        - {id: eve, at: "11:00", feedback: {verdict: NOT_INTERESTING, alert_id: "17"}}
        - now: "18:00"
      expect:
        decisions:
          - ann: HELD_COUNT, count 1 of 2
          - eve: FIRED, count 2 of 2; pause_alert alert:17 until 17:00
        leases:
          - alert:17: TAKEN until 17:00
          - alert:17: RESUMED at 17:00

Steps are events in the order of their arrival, now for passing time, approve,
reject, override, ended, inventory, reload and restart. What is expected are
decisions, actions, leases and notifications, at the end or right after a step.
docs/suites.md has the whole format.

Each case is played again with a snapshot and a restore after every step, with
each timer by itself, and with every event delivered twice; it fails if anything
is decided otherwise.

With --config the engine's settings and the sources are those of the
configuration, of which no secret is read; what a suite says itself comes first.

The exit code is 0 if every case passed, 1 if one failed or a file has faults.`,
		Example: `  signalbox rules test rules/
  signalbox rules test --run quiet --verbose rules/example_test.yaml
  signalbox rules test --coverage --min-coverage 90 --junit report.xml rules/`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, names []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return runTest(command, names, f, env)
		},
	}
	f.bind(command)
	return command
}

func (f *testFlags) bind(command *cobra.Command) {
	set := command.Flags()
	set.StringVar(&f.config, "config", "", "configuration file whose engine, safety and sources hold for the suites")
	set.StringVarP(&f.output, "output", "o", outputText, "text, or json: one case a line")
	set.StringVar(&f.junit, "junit", "", "file to write the results into as JUnit XML")
	set.StringVar(&f.run, "run", "", "regular expression that the names of the cases to play match")
	set.BoolVar(&f.coverage, "coverage", false, "tell which clauses of the rules no case exercised")
	set.IntVar(&f.minCoverage, "min-coverage", 0, "fail if fewer percent of the clauses were exercised")
	set.BoolVarP(&f.verbose, "verbose", "v", false, "tell of the cases that passed, too")
}

// check tidies the flags and returns what is wrong with them.
func (f *testFlags) check() error {
	switch {
	case f.output != outputText && f.output != outputJSON:
		return exit.Usage(fmt.Errorf("--output %q: write %s or %s", f.output, outputText, outputJSON))
	case f.minCoverage < 0 || f.minCoverage > 100:
		return exit.Usage(fmt.Errorf("--min-coverage %d: write a number of percent from 0 to 100", f.minCoverage))
	}
	if f.run != "" {
		match, err := regexp.Compile(f.run)
		if err != nil {
			return exit.Usage(fmt.Errorf("--run %q is no regular expression: %w", f.run, err))
		}
		f.match = match
	}
	f.coverage = f.coverage || f.minCoverage > 0
	return nil
}
