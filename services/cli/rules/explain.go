package rules

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/router/backtest/eventfile"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/explain"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// explainFlags are what the user says on the command line.
type explainFlags struct {
	running

	event  string
	config string
	names  []string
	rules  []string
	events []string
}

func newExplain(env func(string) (string, bool)) *cobra.Command {
	var f explainFlags
	command := &cobra.Command{
		Use:   "explain --event ID [--rule NAME...] [--rules FILE...]",
		Short: "Tell why a rule did, or did not, act on an event",
		Long: `Tell clause by clause how rules judge one event, with what each rule remembered
when it came: why something happened, and why something did not. Every rule is
told of in a line; those of --rule with each clause, its text, what it says and
what it saw. An arrow points at the clause that failed first.

The event is one that a running Signalbox has stored (signalbox events list), or
one of --events, files as rules backtest reads them; - is standard input. The
rules are those that decide; with --rule-set those of an earlier set, as
decisions name it; with --rules files that need not decide anywhere yet.

Rules that decided about the event are explained as they decided: each switch of
rules, approval and end of a pause that the router recorded takes its place.
Where the record and the explanation differ, both are shown. Rules that did not
decide about the event are taken as if they had always been in force, and a note
says so.

With --config the events of --events are judged by the engine's settings and the
safety budgets of the configuration, as rules backtest judges them; of it no
secret is read.`,
		Example: `  signalbox rules explain --event 5v2mj3q6x7k4w5e2r3t4y5u6i7
  signalbox rules explain --event 5v2mj3q6x7k4w5e2r3t4y5u6i7 --rule quiet-alert
  signalbox rules explain --event 5v2mj3q6x7k4w5e2r3t4y5u6i7 --rules draft.yaml
  signalbox rules explain --event e17 --events events.jsonl --rules draft.yaml`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return runExplain(command, f, env) },
	}
	f.connection(command)
	f.selection(command)
	flags := command.Flags()
	flags.StringVar(&f.event, "event", "", "id of the event")
	flags.StringArrayVar(&f.names, "rule", nil, "rule to tell of in full; may be given again")
	flags.StringArrayVar(&f.rules, "rules", nil, "rules file to ask instead of the rules that decide; may be given again")
	flags.StringArrayVar(&f.events, "events", nil, "file of events that holds the event; may be given again, needs --rules")
	flags.StringVar(&f.config, "config", "", "configuration file whose engine, safety and sources hold for --events")
	_ = command.RegisterFlagCompletionFunc("rule", client.CompleteRules) // fails only for a flag that is not there
	return command
}

func runExplain(command *cobra.Command, f explainFlags, env func(string) (string, bool)) error {
	switch err := f.check(); {
	case err != nil:
		return err
	case f.event == "":
		return exit.Usage(errors.New("--event is missing: signalbox events list shows the ids"))
	case len(f.events) > 0 && len(f.rules) == 0:
		return exit.Usage(errors.New("--events needs --rules: files have no rules that decide"))
	case f.config != "" && len(f.events) == 0:
		return exit.Usage(errors.New("--config is for --events; stored events are judged by the running Signalbox's own configuration"))
	case f.ruleSet != "" && len(f.rules) > 0:
		return exit.Usage(errors.New("--rule-set and --rules exclude each other"))
	}
	if err := readOnce(f.rules, f.events); err != nil {
		return err
	}
	answer, err := explained(command, f, env)
	if err != nil {
		return err
	}
	if f.output == runningJSON {
		return objectLine(command.OutOrStdout(), answer)
	}
	return printExplanation(command.OutOrStdout(), answer, len(f.names) > 0 || len(answer.GetRules()) == 1)
}

// explained asks files, or a running Signalbox.
func explained(command *cobra.Command, f explainFlags, env func(string) (string, bool)) (*routerv1.ExplainResponse, error) {
	if len(f.events) == 0 {
		return explainStored(command, f)
	}
	settings, catalog, err := settingsOfFiles(f.config, env)
	if err != nil {
		return nil, err
	}
	settings.NoVendor = true // as in a backtest: nothing is done, and nobody tells how leases end
	return explainFiles(command, f, settings, catalog)
}

// explainStored asks a running Signalbox.
func explainStored(command *cobra.Command, f explainFlags) (*routerv1.ExplainResponse, error) {
	request := &routerv1.ExplainRequest{EventId: f.event, Rules: f.names, RuleSet: f.ruleSet}
	if len(f.rules) > 0 {
		files, err := read(command.InOrStdin(), f.rules)
		if err != nil {
			return nil, err
		}
		request.Files = filesOf(files)
	}
	var answer *routerv1.ExplainResponse
	err := f.ask(command.Context(), "explain the event", func(ctx context.Context, router routerv1.RouterServiceClient) error {
		var err error
		answer, err = router.Explain(ctx, request)
		return err
	})
	if problems := problemsOf(err); problems != nil {
		printProblems(command.ErrOrStderr(), problems)
		return nil, errors.New("the rules files are refused")
	}
	return answer, err
}

// explainFiles reads the events of files.
func explainFiles(
	command *cobra.Command, f explainFlags, settings engine.Settings, catalog rule.Catalog,
) (answer *routerv1.ExplainResponse, err error) {
	set, err := compileFiles(command, f.rules, catalog)
	if err != nil {
		return nil, err
	}
	if err := checkNames(set, f.names); err != nil {
		return nil, err
	}
	reader, err := eventfile.Open(command.Context(), f.events, command.InOrStdin())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	run := explain.New(set, settings, f.event)
	for {
		item, ok, err := reader.Next()
		switch {
		case err != nil:
			return nil, err
		case command.Context().Err() != nil:
			return nil, errors.New("interrupted")
		case !ok:
			run.EndAll()
			if answer = run.Explain(f.names...); answer == nil {
				return nil, fmt.Errorf("the files hold no event %q", f.event)
			}
			return answer, nil
		case item.Problem != nil:
			return nil, item.Problem
		}
		if err := run.Event(engine.Input{Event: item.Event, Sequence: item.Sequence, Time: item.Arrived}); err != nil {
			return nil, err
		}
	}
}
