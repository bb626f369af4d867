package action

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

func readPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../../docs/actions.md")
	require.NoError(t, err)
	return string(page)
}

// rows returns the cells of the first table after the heading, by first cell.
func rows(t *testing.T, page, heading string) map[string][]string {
	t.Helper()
	_, section, found := strings.Cut(page, "\n"+heading+"\n")
	require.True(t, found, heading)
	table := map[string][]string{}
	for line := range strings.SplitSeq(section, "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if strings.HasPrefix(line, "| `") {
			table[strings.Trim(cells[0], "`")] = cells
		} else if len(table) > 0 {
			break
		}
	}
	return table
}

func TestPage_NamesEveryActionAndWhenItIsGivenUp(t *testing.T) {
	t.Parallel()
	table := rows(t, readPage(t), "## What there is")
	opts := Options{}.withDefaults()
	givenUp := map[string]string{
		"pause_alert":    short(opts.GiveUpAfter) + ", or the end of its time",
		"resume_alert":   "never",
		"create_watcher": short(opts.WatcherGiveUpAfter),
		"publish":        short(opts.WatcherGiveUpAfter),
	}
	able := []string{"resume_alert"} // which no rule asks for
	for _, spec := range rule.ActionSpecs() {
		if Unable(&rule.Action{Spec: spec}) == "" {
			able = append(able, spec.Type)
		}
	}
	require.ElementsMatch(t, able, slices.Collect(maps.Keys(table)))
	for _, name := range able {
		require.Len(t, table[name], 6)
		require.Equal(t, givenUp[name], table[name][5], name)
	}
}

// short writes a duration as people do: 15m, not 15m0s.
func short(d time.Duration) string {
	return regexp.MustCompile(`^(\d+h)?(0m)?(\d+m)?(0s)?$`).ReplaceAllString(d.String(), "$1$3")
}

func TestPage_NamesTheOtherDefaults(t *testing.T) {
	t.Parallel()
	page, opts := strings.Join(strings.Fields(readPage(t)), " "), Options{}.withDefaults()
	for _, text := range []string{
		"a backoff of 0.5s to " + opts.Backoff.Max.String(),
		"at most " + short(longestRetryAfter),
		"as long as a call may take (" + opts.CallTimeout.String() + ")",
		"at most " + strconv.Itoa(opts.Parallel) + " of them at once",
	} {
		require.Contains(t, page, text)
	}
	require.Equal(t, 500*time.Millisecond, opts.Backoff.Base)
	require.Equal(t, time.Second, opts.ReadBackEvery, "looked for a second apart")
	require.Equal(t, 3, patience, "looked for three times")
	require.Equal(t, time.Minute, opts.ReconcileEvery, "compared every minute")
	require.Equal(t, time.Hour, opts.GoneAfter, "not found for an hour")
	require.Equal(t, 6, goneLooks, "seven times, ten minutes apart")
}

// Every reason that the code judges is in the table of reasons, in the row of
// what it means.
func TestPage_NamesEveryDetailAndReason(t *testing.T) {
	t.Parallel()
	page := strings.Join(strings.Fields(readPage(t)), " ")
	details := 0
	for name, text := range constants(t, "detail.go") {
		require.True(t, strings.HasPrefix(name, "detail"), name)
		for part := range strings.SplitSeq(text, "%") {
			if part = strings.Trim(strings.TrimLeft(part, "sq"), ` ":`); len(part) > 1 {
				require.Contains(t, page, part, name)
				details++
			}
		}
	}
	require.Greater(t, details, 15)
	reasons := rows(t, readPage(t), "**An attempt** reads the vendor, records ATTEMPTING, calls once, and reads back.")
	require.Len(t, reasons, 2)
	for cell, cells := range reasons {
		for reason := range strings.SplitSeq(strings.ReplaceAll(cell, "`", ""), ", ") {
			want := untouched
			if strings.Contains(cells[1], "for good") {
				want = refused
			}
			require.Equal(t, want, outcomeOf(rpc.Error(codes.Internal, reason, nil, "x")), reason)
		}
	}
}

// constants returns the texts of the file's constants by name.
func constants(t *testing.T, file string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	texts := map[string]string{}
	ast.Inspect(parsed, func(node ast.Node) bool {
		if spec, ok := node.(*ast.ValueSpec); ok {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			texts[spec.Names[0].Name] = text
		}
		return true
	})
	return texts
}

func TestPage_NamesEveryStateThatIsReached(t *testing.T) {
	t.Parallel()
	page := readPage(t)
	for _, state := range []actionv1.State{pending, attempting, done, failed, expired, forbidden} {
		require.Contains(t, page, "**"+strings.TrimPrefix(state.String(), "STATE_")+"**")
	}
	for number, name := range actionv1.LeaseState_name {
		if number != 0 {
			require.Contains(t, page, strings.TrimPrefix(name, "LEASE_STATE_"))
		}
	}
}
