package query

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
)

// maxPage is the most records that one call asks for.
const maxPage = 200

// page names one page of a list.
type page struct {
	size   int32
	token  string
	filter string
}

// list is a command that shows records page after page.
type list[T proto.Message] struct {
	// noun names the records: `events`.
	noun    string
	columns []column[T]
	// fetch returns one page and the token of the next, "" on the last.
	fetch func(context.Context, queryv1.QueryServiceClient, page) ([]T, string, error)
	// filter is an example.
	filter string
	help   help
}

// help is what --help says.
type help struct{ short, long, example string }

func (l list[T]) command() *cobra.Command {
	var f flags
	command := &cobra.Command{
		Use: "list", Short: l.help.short, Long: l.help.long, Example: l.help.example,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := errors.Join(f.check(), f.checkLimit()); err != nil {
				return err
			}
			return withClient(f, func(c *client.Client) error { return l.run(command, c, f) })
		},
	}
	f.connection(command)
	f.selection(command, l.filter)
	f.pages(command)
	return command
}

func (l list[T]) run(command *cobra.Command, c *client.Client, f flags) error {
	out := command.OutOrStdout()
	var kept []T
	count, more, err := l.read(command.Context(), c, f, func(record T) error {
		if f.output == outputJSON {
			return jsonLine(out, record)
		}
		kept = append(kept, record)
		return nil
	})
	if err != nil {
		return err
	}
	if err := (table[T]{columns: l.columns, width: widthOf(out)}).print(out, kept); err != nil {
		return err
	}
	l.note(command.ErrOrStderr(), f, count, more)
	return nil
}

// read shows each record up to the limit and returns how many there were and
// whether there are more.
func (l list[T]) read(ctx context.Context, c *client.Client, f flags, show func(T) error) (count int, more bool, err error) {
	next := page{filter: f.filter}
	for {
		next.size = int32(min(f.limit-count, maxPage))
		records, token, err := l.one(ctx, c, next)
		if err != nil {
			return count, false, err
		}
		records = records[:min(len(records), f.limit-count)]
		for _, record := range records {
			if err := show(record); err != nil {
				return count, false, err
			}
		}
		count += len(records)
		switch {
		case token == "" || count >= f.limit:
			return count, token != "", nil
		case token == next.token:
			return count, false, fmt.Errorf("list %s: the answer leads back to the same page", l.noun)
		}
		next.token = token
	}
}

// one reads one page in the time of one answer.
func (l list[T]) one(ctx context.Context, c *client.Client, p page) ([]T, string, error) {
	call, cancel := c.Bound(ctx)
	defer cancel()
	records, token, err := l.fetch(call, queryv1.NewQueryServiceClient(c.Conn()), p)
	if err == nil {
		return records, token, nil
	}
	return nil, "", explain(ctx, c, err, "list "+l.noun, p.filter)
}

// note tells on the side what a list does not show by itself.
func (l list[T]) note(out io.Writer, f flags, count int, more bool) {
	switch {
	case more:
		_, _ = fmt.Fprintf(out, "%d shown, there are more: raise --limit or narrow --filter\n", count)
	case count == 0 && f.filter != "":
		_, _ = fmt.Fprintf(out, "no %s meet the filter\n", l.noun)
	case count == 0:
		_, _ = fmt.Fprintf(out, "no %s yet\n", l.noun)
	}
}

// explain says what was being done and what went wrong, in the user's words.
func explain(ctx context.Context, c *client.Client, err error, doing, filter string) error {
	if fault := client.FilterFault(err, filter); fault != nil {
		return fault
	}
	return fmt.Errorf("%s: %w", doing, c.Explain(ctx, err))
}

// withClient runs act with a client of the address that the flags name.
func withClient(f flags, act func(*client.Client) error) error {
	c, err := client.New(f.addr, f.timeout)
	if err != nil {
		return err
	}
	return errors.Join(act(c), c.Close())
}
