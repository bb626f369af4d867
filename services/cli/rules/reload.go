package rules

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/text"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

func newReload() *cobra.Command {
	var f running
	var warm bool
	command := &cobra.Command{
		Use:   "reload",
		Short: "Let a running Signalbox read its rules files again",
		Long: `Let a running Signalbox read its rules files again, now and not at its next look
at them. They decide from the next event on, and the command ends when they do.
What a rule knows stays with it as long as its name, on, when, key, count,
given, hold and flap do; what a rule knew that is gone is dropped, and leases
that it took end in their time.

A new rule, and one of which one of those has changed, begins empty. With --warm
it first goes over the stored events that its windows reach back to: then it
counts, correlates and flaps as if it had been there. What it would have done
then is not done, starts no cooldown and counts in no limit. Meanwhile nothing
is decided, which takes about a second for each hundred thousand events.

Files with a fault are refused as a whole: every problem is printed with its
place and a caret, the rules that run go on, and the exit code is 1.`,
		Example: `  signalbox rules reload
  signalbox rules reload --warm
  signalbox rules reload --addr router:7420`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return reload(command, f, warm) },
	}
	f.connection(command)
	command.Flags().BoolVar(&warm, "warm", false, "let new and changed rules go over the events that their windows reach back to first")
	return command
}

func reload(command *cobra.Command, f running, warm bool) error {
	var answer *routerv1.ReloadRulesResponse
	err := f.ask(command.Context(), "reload the rules", func(ctx context.Context, router routerv1.RouterServiceClient) error {
		var err error
		answer, err = router.ReloadRules(ctx, &routerv1.ReloadRulesRequest{Warm: warm})
		return err
	})
	if problems := problemsOf(err); problems != nil {
		printProblems(command.ErrOrStderr(), problems)
		return fmt.Errorf("the rules are refused and those that run go on: %s", text.Count(int(problems.GetTotal()), "problem"))
	}
	if err != nil {
		return err
	}
	return printChange(command.OutOrStdout(), answer)
}

// printProblems prints each problem with its place and a caret.
func printProblems(out io.Writer, problems *routerv1.RuleProblems) {
	for _, p := range problems.GetProblems() {
		if p.GetFile() == "" {
			_, _ = fmt.Fprintln(out, text.Lines(p.GetMessage()))
			continue
		}
		_, _ = fmt.Fprintln(out, text.Lines((&rule.Problem{
			File: p.GetFile(), Line: int(p.GetLine()), Column: int(p.GetColumn()),
			Rule: p.GetRule(), Message: p.GetMessage(), Text: p.GetText(),
		}).Error()))
	}
	if more := int(problems.GetTotal()) - len(problems.GetProblems()); more > 0 {
		_, _ = fmt.Fprintf(out, "and %d more\n", more)
	}
}

func printChange(out io.Writer, answer *routerv1.ReloadRulesResponse) error {
	var lines strings.Builder
	if answer.GetOldRuleSet() == answer.GetRuleSet() {
		fmt.Fprintf(&lines, "rule set %s, unchanged\n", answer.GetRuleSet())
	} else {
		fmt.Fprintf(&lines, "rule set %s, before %s\n", answer.GetRuleSet(), answer.GetOldRuleSet())
	}
	for _, list := range []struct {
		word  string
		names []string
	}{{"added", answer.GetAdded()}, {"removed", answer.GetRemoved()}, {"changed", answer.GetChanged()}} {
		for _, name := range list.names {
			fmt.Fprintf(&lines, "%-8s %s\n", list.word, text.Line(name))
		}
	}
	if _, err := io.WriteString(out, lines.String()); err != nil {
		return errors.Join(errors.New("print what has changed"), err)
	}
	return nil
}
