package rule_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	rulev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/rule/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// table returns the rows of the first table of docs/rules.md below a heading, by
// their first cell, each with all of its cells.
func table(t *testing.T, heading string) map[string][]string {
	t.Helper()
	page, err := os.ReadFile("../../../docs/rules.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(page), "\n"+heading+"\n")
	require.True(t, found, heading)
	rows, inside := map[string][]string{}, false
	for line := range strings.SplitSeq(section, "\n") {
		isRow := strings.HasPrefix(line, "| ")
		if inside && !isRow {
			break
		}
		if isRow && inside {
			cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "| "), " |"), " | ")
			require.NotContains(t, rows, cells[0])
			rows[cells[0]] = cells
		}
		inside = inside || strings.HasPrefix(line, "|---")
	}
	require.NotEmpty(t, rows, heading)
	return rows
}

// inQuotes returns what stands in backquotes in a cell.
func inQuotes(cell string) []string {
	var list []string
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			list = append(list, part)
		}
	}
	return list
}

func fieldsOf(m interface{ ProtoReflect() protoreflect.Message }) []string {
	var list []string
	fields := m.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		if fields.Get(i).ContainingOneof() == nil {
			list = append(list, string(fields.Get(i).Name()))
		}
	}
	return list
}

func TestPage_NamesEveryFieldOfARule(t *testing.T) {
	t.Parallel()
	var got []string
	for name := range table(t, "## The fields of a rule") {
		got = append(got, inQuotes(name)...)
	}
	require.ElementsMatch(t, fieldsOf(&rulev1.Rule{}), got)
}

func TestPage_NamesEveryFieldOfAnEvent(t *testing.T) {
	t.Parallel()
	rows := table(t, "## on and when")
	require.Equal(t, fieldsOf(&eventv1.Event{}), inQuotes(rows["`event`"][1]))
	payloads := map[event.Kind][]string{
		event.KindAnomaly: fieldsOf(&eventv1.Anomaly{}), event.KindFeedback: fieldsOf(&eventv1.Feedback{}), event.KindTraffic: fieldsOf(&eventv1.Traffic{}),
	}
	require.Len(t, rows, 1+len(payloads))
	for _, kind := range event.Kinds() {
		require.Equal(t, payloads[kind], inQuotes(rows["`"+string(kind)+"`"][1]))
	}
}

// The table of actions has their fields and whose sources they act on.
func TestPage_TellsOfEveryActionWhoseItIs(t *testing.T) {
	t.Parallel()
	rows := table(t, "## do")
	require.Len(t, rows, len(rule.ActionSpecs()))
	do := (&rulev1.Do{}).ProtoReflect().Descriptor().Fields()
	for _, spec := range rule.ActionSpecs() {
		var fields []string
		message := do.ByName(protoreflect.Name(spec.Type)).Message().Fields()
		for i := range message.Len() {
			fields = append(fields, string(message.Get(i).Name()))
		}
		cells := rows["`"+spec.Type+": {"+strings.Join(fields, ", ")+"}`"]
		require.Len(t, cells, 4, spec.Type)
		require.NotContains(t, cells, "", spec.Type)
		require.Equal(t, vendorWord(spec.Vendor), cells[1], spec.Type)
	}
}

func vendorWord(vendor eventv1.Vendor) string {
	return map[eventv1.Vendor]string{
		eventv1.Vendor_VENDOR_ANODOT: "Anodot", eventv1.Vendor_VENDOR_ANOMIFY: "Anomify",
		eventv1.Vendor_VENDOR_SECURE_REPORTER: "Secure Reporter", eventv1.Vendor_VENDOR_UNSPECIFIED: "Signalbox",
	}[vendor]
}

func TestPage_NamesEveryOutcomeAndState(t *testing.T) {
	t.Parallel()
	rows := table(t, "## Decisions")
	outcomes := decisionv1.Outcome(0).Descriptor().Values()
	require.Len(t, rows, outcomes.Len()-1)
	for i := 1; i < outcomes.Len(); i++ {
		require.Contains(t, rows, "`"+strings.TrimPrefix(string(outcomes.Get(i).Name()), "OUTCOME_")+"`")
	}
	page, err := os.ReadFile("../../../docs/rules.md")
	require.NoError(t, err)
	require.Contains(t, string(page), strings.TrimPrefix(actionv1.State_STATE_AWAITING_APPROVAL.String(), "STATE_"))
}

func TestPage_ExplainsEveryWarning(t *testing.T) {
	t.Parallel()
	rows := table(t, "## Checking a file")
	require.Len(t, rows, len(rule.Codes()))
	for _, code := range rule.Codes() {
		require.Equal(t, []string{"`" + string(code) + "`", code.About()}, rows["`"+string(code)+"`"])
	}
}
