package rules

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/router/backtest"
)

// The forms of output.
const (
	outputText = "text"
	outputJSON = "json"
)

const (
	defaultMaxErrors = 100
	defaultTimeout   = 30 * time.Second
)

// backtestFlags are what the user says.
type backtestFlags struct {
	rules, events, against []string
	from, to               string
	addr                   string
	timeout                time.Duration
	config                 string
	output                 string
	summary                string
	outcomes, names        []string
	maxErrors              int
	progress               bool
}

func newBacktest(env func(string) (string, bool)) *cobra.Command {
	var f backtestFlags
	command := &cobra.Command{
		Use:   "backtest --rules FILE... (--events FILE... | --from T [--to T])",
		Short: "See what rules would have decided about past events",
		Long: `Judge past events by rules files with the engine that judges live ones, touching
no vendor. Each decision is a line, held ones too, and so is each end of a lease
(RESUMED). A file called - is standard input. What it comes to follows: what
each rule fired, what held it, what would have been paused for how long, and
which votes and anomalies fell into those times.

The events come from files, or without --events from those that a running
Signalbox has stored. A file has one event a line, as events list --output json
shows it, in the order of delivery: a list is newest first, so turn it round
with tac. Several files are merged by arrival, which is observedAt, or else
occurredAt. A line that holds no event is told of and passed over, and makes the
exit code 1.

--from and --to are times at which events arrived: 2026-01-02T03:04:05Z, or
'7d ago'. What arrived before --from is gone over and not shown: what rules
remember of it counts. At --to the run ends: what is due by then comes, what
would come later does not, and hours paused count until then. Stored events end
now at the latest. Files have no such end: without --to what waits or is paused
when they end is followed to its end.

With --against the actions that differ are shown instead of the decisions: added
ones only --rules asks for, removed ones only --against does, and moved ones
both, at another time or until another time.

With --config the engine's settings, the safety budgets and the sources are
those of the configuration, of which no secret is read; without it events may be
an hour late, nothing is put in order, and no budget counts. Events that a
running Signalbox has stored are judged by its own configuration.`,
		Example: `  signalbox rules backtest --rules rules.yaml --events events.jsonl
  signalbox rules backtest --rules rules.yaml --events events.jsonl --output json --outcomes fired | jq -r .eventId
  signalbox rules backtest --rules new.yaml --against rules.yaml --from '7d ago'`,
		RunE: func(command *cobra.Command, files []string) error {
			if err := errors.Join(f.adopt(files), f.check()); err != nil {
				return err
			}
			return runBacktest(command, f, env)
		},
	}
	f.bind(command)
	return command
}

// adopt takes files that stand behind those of a flag, as a pattern puts them
// there. Where their names do not say what they are, they are refused.
func (f *backtestFlags) adopt(files []string) error {
	for _, name := range files {
		switch extension := filepath.Ext(name); {
		case len(f.against) == 0 && len(f.rules) > 0 && (extension == ".yaml" || extension == ".yml"):
			f.rules = append(f.rules, name)
		case len(f.events) > 0 && (extension == ".jsonl" || extension == ".ndjson"):
			f.events = append(f.events, name)
		default:
			return exit.Usage(fmt.Errorf("%q stands alone: write --rules, --events or --against before it, or quote a pattern, as in --rules 'rules/*.yaml'", name))
		}
	}
	return nil
}

func (f *backtestFlags) bind(command *cobra.Command) {
	set := command.Flags()
	set.StringArrayVar(&f.rules, "rules", nil, "rules file, or a quoted pattern of names; may be repeated")
	set.StringArrayVar(&f.events, "events", nil, "file with an event a line, or a quoted pattern; may be repeated")
	set.StringArrayVar(&f.against, "against", nil, "rules file to compare with, or a quoted pattern; may be repeated")
	set.StringVar(&f.from, "from", "", "start of what is shown, such as 2026-01-02T03:04:05Z or '7d ago'")
	set.StringVar(&f.to, "to", "", "end of the run; default is now, and for --events when nothing is due any more")
	set.StringVar(&f.addr, "addr", client.DefaultAddr, "gRPC address of the running Signalbox, without --events")
	set.DurationVar(&f.timeout, "timeout", defaultTimeout, "longest wait for a sign of life from it")
	set.StringVar(&f.config, "config", "", "configuration file whose engine, safety and sources hold for --events")
	set.StringVarP(&f.output, "output", "o", outputText, "text, or json: one object a line")
	set.StringVar(&f.summary, "summary", "", "file to write what it comes to into, as JSON")
	set.StringSliceVar(&f.outcomes, "outcomes", nil, "outcomes to show, such as fired,shadow; default is all")
	set.StringArrayVar(&f.names, "rule", nil, "name of a rule to show; may be repeated; default is all")
	set.IntVar(&f.maxErrors, "max-errors", defaultMaxErrors, "most bad lines of --events to pass over")
	set.BoolVar(&f.progress, "progress", false, "show the progress where there is no terminal, too")
}

// check tidies the flags and returns what is wrong with them.
func (f *backtestFlags) check() error {
	isStream := len(f.events) == 0
	switch {
	case len(f.rules) == 0:
		return exit.Usage(errors.New("--rules is missing; name the rules file to run"))
	case isStream && f.from == "" && f.to == "":
		return exit.Usage(errors.New("there are no events: name a file with --events, or a time with --from"))
	case isStream && f.config != "":
		return exit.Usage(errors.New("--config is for --events; stored events are judged by the running Signalbox's own configuration"))
	case f.output != outputText && f.output != outputJSON:
		return exit.Usage(fmt.Errorf("--output %q: write %s or %s", f.output, outputText, outputJSON))
	case f.maxErrors < 0:
		return exit.Usage(fmt.Errorf("--max-errors %d: write 0 or more", f.maxErrors))
	}
	for i, name := range f.outcomes {
		f.outcomes[i] = strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(name), "-", "_"))
		if !slices.Contains(backtest.Outcomes(), f.outcomes[i]) {
			return exit.Usage(fmt.Errorf("--outcomes %q: write some of %s", name, strings.ToLower(strings.Join(backtest.Outcomes(), ","))))
		}
	}
	err := readOnce(f.rules, f.events, f.against)
	for _, names := range []*[]string{&f.rules, &f.events, &f.against} {
		if err != nil {
			return err
		}
		*names, err = expand(*names)
	}
	return err
}

// expand replaces patterns by the files they stand for.
func expand(names []string) ([]string, error) {
	var all []string
	for _, name := range names {
		if !strings.ContainsAny(name, "*?[") {
			all = append(all, name)
			continue
		}
		found, err := filepath.Glob(name)
		if err != nil {
			return nil, exit.Usage(fmt.Errorf("pattern %q: %w", name, err))
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("no file is called like %s", name)
		}
		all = append(all, found...)
	}
	return all, nil
}

// runBacktest runs the rules over what the flags name.
func runBacktest(command *cobra.Command, f backtestFlags, env func(string) (string, bool)) (err error) {
	ctx, cancel := context.WithCancel(command.Context())
	defer cancel()
	report := newBacktestReport(command, f)
	defer func() { err = errors.Join(err, report.close()) }()
	if len(f.events) > 0 {
		return backtestFiles(ctx, command, f, env, report)
	}
	return backtestStored(ctx, command, f, report)
}
