package rules

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/text"
)

func newList() *cobra.Command {
	var f running
	var wide bool
	command := &cobra.Command{
		Use:   "list",
		Short: "List the rules that decide in a running Signalbox",
		Long: `List the rules that decide in a running Signalbox, in the order in which they
are judged, and since when. Where its rules files were refused, why. KEYS is how
many keys a rule remembers something of. With --wide also CLASS, which is how
the rule is found among many (indexed by a value, bitmap by simple tests,
scanned for every event), and PLACE, its file and line. With --rule-set the
rules of an earlier set; it is kept for as long as the decisions that it made.`,
		Example: `  signalbox rules list
  signalbox rules list --wide
  signalbox rules list --output json | jq .name`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return list(command, f, wide) },
	}
	f.connection(command)
	f.selection(command)
	command.Flags().BoolVarP(&wide, "wide", "w", false, "show the class and the place of each rule, too")
	return command
}

func list(command *cobra.Command, f running, wide bool) error {
	if err := f.check(); err != nil {
		return err
	}
	var answer *routerv1.ListRulesResponse
	err := f.ask(command.Context(), "list the rules", func(ctx context.Context, router routerv1.RouterServiceClient) error {
		var err error
		answer, err = router.ListRules(ctx, &routerv1.ListRulesRequest{RuleSet: f.ruleSet})
		return err
	})
	if err != nil {
		return err
	}
	tellSet(command.ErrOrStderr(), answer)
	if f.output == runningTable {
		return printRules(command.OutOrStdout(), answer.GetRuleSet().GetRules(), wide)
	}
	for _, one := range answer.GetRuleSet().GetRules() {
		if err := objectLine(command.OutOrStdout(), one); err != nil {
			return err
		}
	}
	return nil
}

// tellSet tells on the side which set it is, and what is wrong with the files.
func tellSet(out io.Writer, answer *routerv1.ListRulesResponse) {
	set := answer.GetRuleSet()
	line := "rule set " + set.GetVersion()
	if set.GetSince() != nil {
		line += ", since " + set.GetSince().AsTime().Format(time.RFC3339)
	}
	if set.GetBy() != "" {
		line += " by " + text.Line(set.GetBy())
	}
	_, _ = fmt.Fprintf(out, "%s: %s\n", line, text.Count(len(set.GetRules()), "rule"))
	if refusal := answer.GetRefusal(); refusal != nil {
		_, _ = fmt.Fprintf(out, "the rules files were refused at %s:\n", refusal.GetAt().AsTime().Format(time.RFC3339))
		printProblems(out, refusal.GetProblems())
	}
}

// printRules prints a table; wide has the columns that few look at and that are long.
func printRules(out io.Writer, rules []*routerv1.RuleSummary, wide bool) error {
	if len(rules) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	titles := []string{"NAME", "MODE", "ON", "KEYS", "ACTIONS"}
	if wide {
		titles = append(titles, "CLASS", "PLACE")
	}
	_, _ = fmt.Fprintln(table, strings.Join(titles, "\t")) // Flush tells
	for _, one := range rules {
		cells := []string{one.GetName(), one.GetMode(), strings.Join(one.GetOn(), ","), keys(one), strings.Join(one.GetActions(), ",")}
		if wide {
			cells = append(cells, one.GetClass(), place(one))
		}
		for i, cell := range cells {
			if cells[i] = text.Line(cell); cell == "" {
				cells[i] = "-"
			}
		}
		_, _ = fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the rules: %w", err)
	}
	return nil
}

// keys returns how many keys the rule remembers, nothing for none.
func keys(one *routerv1.RuleSummary) string {
	if one.GetKeys() == 0 {
		return ""
	}
	return strconv.Itoa(int(one.GetKeys()))
}

func place(one *routerv1.RuleSummary) string {
	if one.GetFile() == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", one.GetFile(), one.GetLine())
}

func newGet() *cobra.Command {
	var f running
	command := &cobra.Command{
		Use:   "get NAME",
		Short: "Show one rule of a running Signalbox as it stands in its file",
		Long: `Show one rule that decides in a running Signalbox as it stood in its file when
it was read. With --rule-set as it was in an earlier set, whatever the file says
now.`,
		Example: `  signalbox rules get quiet-alert-disliked-twice`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(command *cobra.Command, args []string) error { return get(command, f, args[0]) },
		ValidArgsFunction: func(command *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return client.CompleteRules(command, args, begun)
		},
	}
	f.connection(command)
	f.selection(command)
	return command
}

func get(command *cobra.Command, f running, name string) error {
	if err := f.check(); err != nil {
		return err
	}
	var answer *routerv1.GetRuleResponse
	err := f.ask(command.Context(), "show the rule", func(ctx context.Context, router routerv1.RouterServiceClient) error {
		var err error
		answer, err = router.GetRule(ctx, &routerv1.GetRuleRequest{Name: name, RuleSet: f.ruleSet})
		return err
	})
	if err != nil {
		return err
	}
	if f.output == runningJSON {
		return objectLine(command.OutOrStdout(), answer)
	}
	_, _ = fmt.Fprintf(command.ErrOrStderr(), "%s, rule set %s\n", text.Line(place(answer.GetRule())), answer.GetRuleSet())
	if _, err := fmt.Fprintln(command.OutOrStdout(), text.Lines(answer.GetText())); err != nil {
		return fmt.Errorf("print the rule: %w", err)
	}
	return nil
}
