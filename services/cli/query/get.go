package query

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/text"
)

// get is a command that shows one record by its id.
type get[T proto.Message] struct {
	// word is the command, "" for `get`; noun names the record: `event`.
	word     string
	noun     string
	fetch    func(ctx context.Context, c queryv1.QueryServiceClient, id string) (T, error)
	describe func(T) *facts
	help     help
}

func (g get[T]) command() *cobra.Command {
	var f flags
	command := &cobra.Command{
		Use: cmp.Or(g.word, "get") + " ID", Short: g.help.short, Long: g.help.long, Example: g.help.example,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return withClient(f, func(c *client.Client) error { return g.run(command, c, f, args[0]) })
		},
	}
	f.connection(command)
	return command
}

func (g get[T]) run(command *cobra.Command, c *client.Client, f flags, id string) error {
	ctx, cancel := c.Bound(command.Context())
	defer cancel()
	record, err := g.fetch(ctx, queryv1.NewQueryServiceClient(c.Conn()), id)
	if err != nil {
		return fmt.Errorf("get %s: %w", g.noun, c.Explain(command.Context(), err))
	}
	out := command.OutOrStdout()
	if f.output == outputJSON {
		return jsonLine(out, record)
	}
	return g.describe(record).print(out)
}

// facts are what is said about a record, in order.
type facts []fact

type fact struct{ name, value string }

// say adds a fact; a record without a value says nothing.
func (f *facts) say(name, value string) {
	if value != "" {
		*f = append(*f, fact{name: text.Line(name), value: text.Line(value)})
	}
}

// print writes one fact a line.
func (f *facts) print(out io.Writer) error {
	width := 0
	for _, one := range *f {
		width = max(width, utf8.RuneCountInString(one.name))
	}
	var lines strings.Builder
	for _, one := range *f {
		fmt.Fprintf(&lines, "%-*s  %s\n", width, one.name, one.value)
	}
	if _, err := io.WriteString(out, lines.String()); err != nil {
		return fmt.Errorf("print a record: %w", err)
	}
	return nil
}
