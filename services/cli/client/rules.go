package client

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/text"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// completionTime is how long a shell may wait for names.
const completionTime = time.Second

// CompleteRules completes names of rules, for arguments and flags alike: those in
// the files of the command's flag --rules where it is given, else those of the
// Signalbox that --addr names. Where there is none to ask it completes nothing.
func CompleteRules(command *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if files := filesOf(command); len(files) > 0 {
		return rulesInFiles(files), cobra.ShellCompDirectiveNoFileComp
	}
	addr := DefaultAddr
	if flag := command.Flags().Lookup("addr"); flag != nil {
		addr = flag.Value.String()
	}
	return rulesAt(command.Context(), addr), cobra.ShellCompDirectiveNoFileComp
}

func filesOf(command *cobra.Command) []string {
	flag := command.Flags().Lookup("rules")
	if flag == nil {
		return nil
	}
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	if one := flag.Value.String(); one != "" {
		return []string{one}
	}
	return nil
}

func completion(name, mode, description string) cobra.Completion {
	about := text.Line(mode)
	if description != "" {
		about += ": " + text.Cut(text.Line(description), 60)
	}
	return cobra.CompletionWithDesc(text.Line(name), about)
}

// rulesInFiles reads names also out of files with faults.
func rulesInFiles(files []string) []cobra.Completion {
	var names []cobra.Completion
	for _, name := range files {
		var content struct {
			Rules []struct{ Name, Mode, Description string }
		}
		if yaml.Unmarshal(begin(name), &content) != nil {
			continue
		}
		for _, one := range content.Rules {
			names = append(names, completion(one.Name, one.Mode, one.Description))
		}
	}
	return names
}

func begin(name string) []byte {
	file, err := os.Open(filepath.Clean(name))
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, rule.MaxFileBytes))
	if err != nil {
		return nil
	}
	return data
}

func rulesAt(ctx context.Context, addr string) []cobra.Completion {
	c, err := New(addr, completionTime)
	if err != nil {
		return nil
	}
	defer func() { _ = c.Close() }()
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := c.Bound(ctx)
	defer cancel()
	answer, err := routerv1.NewRouterServiceClient(c.Conn()).ListRules(ctx, &routerv1.ListRulesRequest{})
	if err != nil {
		return nil
	}
	var names []cobra.Completion
	for _, one := range answer.GetRuleSet().GetRules() {
		names = append(names, completion(one.GetName(), one.GetMode(), one.GetDescription()))
	}
	return names
}
