package router_test

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
	"github.com/signalbox-io/signalbox/services/router/backtest"
)

// record is a decision as the stream has it, byte for byte, behind a few words that
// say which it is.
func record(t *testing.T, d *decisionv1.Decision) string {
	t.Helper()
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(d)
	require.NoError(t, err)
	return strings.Join([]string{d.GetEventId(), d.GetRule(), d.GetOutcome().String(), d.GetDetail()}, " ") + "\n" + string(data)
}

func records(t *testing.T, decisions []*decisionv1.Decision) []string {
	t.Helper()
	all := make([]string, 0, len(decisions))
	for _, d := range decisions {
		all = append(all, record(t, d))
	}
	return all
}

// decisionOf is the decision that a line of a backtest tells of, nil for the end of a
// lease. A set of rules has one version, which the summary tells.
func decisionOf(l *routerv1.BacktestLine, version string) *decisionv1.Decision {
	if l.GetOutcome() == backtest.Resumed {
		return nil
	}
	d := &decisionv1.Decision{
		Id: l.GetId(), Rule: l.GetRule(), RuleSet: version,
		Outcome: decisionv1.Outcome(decisionv1.Outcome_value["OUTCOME_"+l.GetOutcome()]),
		EventId: l.GetEventId(), Key: l.GetKey(), Time: l.GetTime(), Detail: l.GetDetail(), Causes: l.GetCauses(),
		Source: l.GetSource(), Entity: l.GetEntity(), Clause: l.GetClause(), Sequence: l.GetSequence(),
	}
	for _, a := range l.GetActions() {
		d.Actions = append(d.Actions, &decisionv1.ActionRef{Id: a.GetId(), Type: a.GetType(), Target: a.GetTarget(), Until: a.GetUntil()})
	}
	return d
}

// backtestStored returns each decision of a backtest over all that is stored.
func backtestStored(t *testing.T, client routerv1.RouterServiceClient, rules string) []*decisionv1.Decision {
	t.Helper()
	stream, err := client.Backtest(t.Context(), &routerv1.BacktestRequest{Rules: rulesFile(rules)})
	require.NoError(t, err)
	var lines []*routerv1.BacktestLine
	for {
		piece, err := stream.Recv()
		require.NoError(t, err)
		lines = append(lines, piece.GetLines()...)
		if piece.GetSummary() != nil {
			return decisionsOf(lines, piece.GetSummary().GetRuleSet())
		}
	}
}

func decisionsOf(lines []*routerv1.BacktestLine, version string) []*decisionv1.Decision {
	var all []*decisionv1.Decision
	for _, l := range lines {
		if d := decisionOf(l, version); d != nil {
			all = append(all, d)
		}
	}
	return all
}

// linesOf reads what rules backtest --output json prints.
func linesOf(t *testing.T, printed string) []*routerv1.BacktestLine {
	t.Helper()
	var lines []*routerv1.BacktestLine
	for text := range strings.Lines(printed) {
		l := &routerv1.BacktestLine{}
		require.NoError(t, protojson.Unmarshal([]byte(text), l))
		lines = append(lines, l)
	}
	return lines
}

// versionIn is the version that a summary of rules backtest names.
func versionIn(t *testing.T, summary []byte) string {
	t.Helper()
	var s struct{ RuleSet string }
	require.NoError(t, json.Unmarshal(summary, &s))
	return s.RuleSet
}

// A backtest over what is stored decides what the router decided while it came, one
// for one, byte for byte and in the same order, with waits, holds and leases.
func TestBacktest_DecidesWhatTheRouterDecided(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			rules := otherRules + votesRule
			r := newRig(t, rules)
			p := r.start(r.bus)
			p.awaitReady()
			s := &storyteller{rig: r, p: p, server: router.NewServer(p.Router), random: rand.New(rand.NewPCG(seed, 1))}
			for i := range 60 {
				if s.random.IntN(2) == 0 {
					s.tell(s.feedback("f"+strconv.Itoa(i), s.alert(), i))
					continue
				}
				e := s.anomaly("n"+strconv.Itoa(i), "shop", i)
				e.GetAnomaly().AlertId = s.alert()
				s.tell(e)
			}
			s.end()
			decided := r.allDecisions()
			require.Greater(t, len(decided), 60)
			require.Equal(t, records(t, decided), records(t, backtestStored(t, r.backtestClient(), rules)))
		})
	}
}
