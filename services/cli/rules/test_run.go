package rules

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/pkg/config"
	configcommand "github.com/signalbox-io/signalbox/services/cli/config"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/text"
	"github.com/signalbox-io/signalbox/services/router"
	"github.com/signalbox-io/signalbox/services/router/suite"
)

// runTest plays suites and tells what became of them.
func runTest(command *cobra.Command, names []string, f testFlags, env func(string) (string, bool)) error {
	options, err := suiteOptions(f.config, env)
	if err != nil {
		return err
	}
	suites, err := loadSuites(command, names, options)
	if err != nil {
		return err
	}
	var results []suite.Result
	var covered []suite.Coverage
	cases, failed := 0, 0
	for _, s := range suites {
		r := suite.Run(s, suite.RunOptions{Match: f.match})
		if len(r.Cases) == 0 {
			continue
		}
		results, covered = append(results, r), append(covered, r.Coverage)
		cases, failed = cases+len(r.Cases), failed+r.Failures()
	}
	if cases == 0 {
		return exit.Usage(fmt.Errorf("no case has a name that matches --run %q", f.run))
	}
	coverage := suite.Merge(covered...)
	err = errors.Join(tellTests(command, results, coverage, f, env), writeJUnit(f.junit, results))
	return errors.Join(err, verdict(failed, cases, coverage, f))
}

// suiteOptions are the engine's settings and the sources of the configuration,
// the defaults without one. No credential is read.
func suiteOptions(file string, env func(string) (string, bool)) (suite.Options, error) {
	if file == "" {
		return suite.Options{}, nil
	}
	catalog, err := catalogOf(file, env)
	if err != nil {
		return suite.Options{}, err
	}
	cfg, err := config.Load(file, env, configcommand.WithoutCredentials())
	if err != nil {
		return suite.Options{}, fmt.Errorf("read the engine's settings: %w", err)
	}
	return suite.Options{Settings: router.Settings(cfg), Catalog: catalog}, nil
}

// tellTests prints the results, and what was exercised.
func tellTests(command *cobra.Command, results []suite.Result, c suite.Coverage, f testFlags, env func(string) (string, bool)) error {
	out := command.OutOrStdout()
	if f.output == outputJSON {
		err := suite.WriteJSON(out, results)
		if f.coverage {
			err = errors.Join(err, suite.WriteCoverageJSON(out, c))
		}
		return err
	}
	options := suite.TextOptions{Verbose: f.verbose, Clean: text.Lines}
	if _, plain := env("NO_COLOR"); !plain && isTerminal(out) {
		options.Paint = paint
	}
	err := suite.WriteText(out, results, options)
	if f.coverage {
		err = errors.Join(err, suite.WriteCoverage(out, c, options))
	}
	return err
}

// paint gives a piece of a report its colour.
func paint(role suite.Role, line string) string {
	codes := map[suite.Role]string{suite.Good: "32", suite.Bad: "31", suite.Faint: "2"}
	code, ok := codes[role]
	if !ok {
		return line
	}
	return "\x1b[" + code + "m" + line + "\x1b[0m"
}

func writeJUnit(name string, results []suite.Result) (err error) {
	if name == "" {
		return nil
	}
	file, err := os.Create(name) //nolint:gosec // the user names it
	if err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return suite.WriteJUnit(file, results)
}

// verdict is the error of a run that must fail.
func verdict(failed, cases int, c suite.Coverage, f testFlags) error {
	if failed > 0 {
		return fmt.Errorf("%d of %s failed", failed, text.Count(cases, "case"))
	}
	if percent := c.Percent(); percent < f.minCoverage {
		return fmt.Errorf("coverage is %d%%, expected at least %d%%: --coverage names what no case exercised", percent, f.minCoverage)
	}
	return nil
}
