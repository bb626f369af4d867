package rules

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/pkg/config"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	configcommand "github.com/signalbox-io/signalbox/services/cli/config"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/text"
	"github.com/signalbox-io/signalbox/services/cli/when"
	"github.com/signalbox-io/signalbox/services/router"
	"github.com/signalbox-io/signalbox/services/router/backtest"
	"github.com/signalbox-io/signalbox/services/router/backtest/eventfile"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// defaultLateness is max_lateness where no configuration says otherwise.
const defaultLateness = time.Hour

// lookEvery is how many events are taken between two looks at the clock.
const lookEvery = 2048

// backtestFiles runs the rules over files of events.
func backtestFiles(
	ctx context.Context, command *cobra.Command, f backtestFlags, env func(string) (string, bool), to *backtestReport,
) (err error) {
	opts, err := optionsOf(command, f, env)
	if err != nil {
		return err
	}
	reader, err := eventfile.Open(ctx, f.events, command.InOrStdin())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	opts.Line, opts.Difference = to.line, to.difference
	run := backtest.New(opts)
	bad, err := feed(ctx, run, reader, opts.To, f.maxErrors, to)
	if err != nil {
		return err
	}
	if err := run.End(); err != nil {
		return err
	}
	summary := run.Summary()
	summary.Unreadable = uint64(bad)
	if opts.Settings.Safety != nil {
		summary.Notes = append(summary.Notes, "no share of a source's alerts counts: files tell nothing of how many there are")
	}
	if err := to.summary(summary); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("the events have %s", text.Count(bad, "bad line"))
	}
	return nil
}

// feed lets the run take every event that arrives before the end, and returns how
// many lines were bad.
func feed(
	ctx context.Context, run *backtest.Run, reader *eventfile.Reader, end time.Time, maxErrors int, to *backtestReport,
) (bad int, err error) {
	for taken := uint64(1); ; taken++ {
		item, ok, err := reader.Next()
		switch {
		case ctx.Err() != nil:
			return bad, errors.New("interrupted")
		case err != nil || !ok:
			return bad, err
		case item.Problem != nil:
			to.problem(item.Problem)
			if bad++; bad > maxErrors {
				return bad, fmt.Errorf("the events have more than %s; raise --max-errors to go on", text.Count(maxErrors, "bad line"))
			}
			continue
		case !end.IsZero() && !item.Arrived.Before(end):
			return bad, nil
		}
		if err := run.Event(engine.Input{Event: item.Event, Sequence: item.Sequence, Time: item.Arrived}); err != nil {
			return bad, err
		}
		if taken%lookEvery == 0 {
			read, size := reader.Progress()
			to.progress(taken, float64(read), float64(size))
		}
	}
}

// optionsOf compiles the rules and reads the settings.
func optionsOf(command *cobra.Command, f backtestFlags, env func(string) (string, bool)) (backtest.Options, error) {
	opts := backtest.Options{Only: backtest.Filter{Outcomes: f.outcomes, Rules: f.names}}
	var err error
	if opts.From, opts.To, err = windowOf(f, time.Now()); err != nil {
		return opts, err
	}
	var catalog rule.Catalog
	if opts.Settings, catalog, err = settingsOfFiles(f.config, env); err != nil {
		return opts, err
	}
	if opts.Rules, err = compileFiles(command, f.rules, catalog); err != nil {
		return opts, err
	}
	if len(f.against) > 0 {
		if opts.Against, err = compileFiles(command, f.against, catalog); err != nil {
			return opts, err
		}
	}
	return opts, checkNames(opts.Rules, f.names)
}

// settingsOfFiles are those by which events of files are judged, and the sources that
// rules may name: of the configuration file, or the defaults without one.
func settingsOfFiles(file string, env func(string) (string, bool)) (engine.Settings, rule.Catalog, error) {
	if file == "" {
		return engine.Settings{MaxLateness: defaultLateness}, rule.Catalog{}, nil
	}
	cfg, err := config.Load(file, env, configcommand.WithoutCredentials(), config.WithoutSources())
	if err != nil {
		return engine.Settings{}, rule.Catalog{}, fmt.Errorf("read the settings: %w", err)
	}
	return router.Settings(cfg), catalogFrom(cfg), nil
}

// windowOf returns what --from and --to say, zero times where they say nothing. now
// is what relative times count from.
func windowOf(f backtestFlags, now time.Time) (from, to time.Time, err error) {
	start, err := when.Parse("--from", f.from, now)
	if err != nil {
		return from, to, err
	}
	end, err := when.Parse("--to", f.to, now)
	if err != nil {
		return from, to, err
	}
	if start != nil {
		from = start.AsTime()
	}
	if end != nil {
		to = end.AsTime()
	}
	if start != nil && end != nil && !from.Before(to) {
		return from, to, exit.Usage(fmt.Errorf("--to %q is not after --from %q", f.to, f.from))
	}
	return from, to, nil
}

// catalogFrom returns the sources of a configuration. Of one that has none, such
// as one of the engine's settings alone, they are not known.
func catalogFrom(cfg config.Config) rule.Catalog {
	if len(cfg.Sources) == 0 {
		return rule.Catalog{}
	}
	sources := make(map[string]eventv1.Vendor, len(cfg.Sources))
	for _, source := range cfg.Sources {
		sources[source.Name] = source.Vendor
	}
	return rule.Catalog{Sources: sources}
}

// compileFiles compiles rules files, and prints what is wrong with them.
func compileFiles(command *cobra.Command, names []string, catalog rule.Catalog) (*rule.Set, error) {
	files, err := read(command.InOrStdin(), names)
	if err != nil {
		return nil, err
	}
	set, err := rule.Load(files, catalog)
	if err != nil {
		return nil, configcommand.Faults(command, err)
	}
	return set, nil
}

// checkNames refuses a --rule that there is not.
func checkNames(set *rule.Set, names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(set.Rules(), func(r *rule.Rule) bool { return r.Name == name }) {
			return exit.Usage(fmt.Errorf("--rule %q: the rules files have no rule of that name", name))
		}
	}
	return nil
}
