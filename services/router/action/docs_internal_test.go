package action

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

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

// calls are the methods of the adapters that an action may call, beside those that
// read its target.
var adapterCalls = regexp.MustCompile(`client\.([A-Z]\w+)\(`)

// Every action that a rule may ask for is in the table, with what the code does of
// it: the calls, whether it is read back, in which direction it fails, and when it
// is given up.
func TestPage_TellsOfEveryActionWhatTheCodeDoes(t *testing.T) {
	t.Parallel()
	page := readPage(t)
	table := rows(t, page, "## What there is")
	require.Len(t, table, len(rule.ActionSpecs()))
	opts := Options{}.withDefaults()
	x := &Executor{opts: opts}
	known := vendorCalls(t)
	for _, spec := range rule.ActionSpecs() {
		cells := table[spec.Type]
		require.Len(t, cells, 7, spec.Type)
		e := effectOfType(t, x, spec)
		for call := range strings.SplitSeq(strings.ReplaceAll(cells[2], "`", ""), ", ") {
			require.True(t, known[call] || call == "none", "%s: %s", spec.Type, call)
		}
		require.Equal(t, e.look == nil, strings.HasPrefix(cells[3], "it cannot be read back"), spec.Type)
		isOpen := e.resumes || e.look == nil && e.repeats
		require.Equal(t, isOpen, strings.HasPrefix(cells[5], "open"), spec.Type)
		require.Equal(t, !isOpen, strings.HasPrefix(cells[5], "closed"), spec.Type)
		require.Equal(t, e.whenGivenUp(), cells[6], spec.Type)
		require.Equal(t, spec.Term != rule.Stays, strings.Contains(cells[4], "the end of"), spec.Type)
	}
}

// vendorCalls returns the names of the adapters' methods that the effects call.
func vendorCalls(t *testing.T) map[string]bool {
	t.Helper()
	calls := map[string]bool{}
	for _, file := range []string{"effect_anodot.go", "effect_anomify.go", "effect_sent.go", "vendor.go"} {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, found := range adapterCalls.FindAllStringSubmatch(string(source), -1) {
			calls[found[1]] = true
		}
	}
	return calls
}

// effectOfType returns what an action of the type asks for. Its time, where it may
// have one, is set.
func effectOfType(t *testing.T, x *Executor, spec *rule.ActionSpec) *effect {
	t.Helper()
	a := &actionv1.Action{}
	operation := a.ProtoReflect().NewField(spec.Operation)
	if until := spec.Operation.Message().Fields().ByName("until"); until != nil {
		operation.Message().Set(until, protoreflect.ValueOfMessage(timestamppb.Now().ProtoReflect()))
	}
	a.ProtoReflect().Set(spec.Operation, operation)
	e := x.effectOf(a)
	require.NotNil(t, e, spec.Type)
	require.Equal(t, spec.Term != rule.Stays, e.until != nil, spec.Type)
	return e
}

// whenGivenUp is how the page writes it.
func (e *effect) whenGivenUp() string {
	switch {
	case e.resumes:
		return "never"
	case e.until != nil:
		return short(e.giveUp) + ", or the end of its time"
	default:
		return short(e.giveUp)
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
