package router_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
	"github.com/signalbox-io/signalbox/services/router/backtest"
)

// shown is all that a line of a backtest tells of a decision.
func shown(t *testing.T, d *decisionv1.Decision) string {
	t.Helper()
	line := &routerv1.BacktestLine{
		Rule: d.GetRule(), Outcome: strings.TrimPrefix(d.GetOutcome().String(), "OUTCOME_"), Key: d.GetKey(), EventId: d.GetEventId(),
		Time: d.GetTime(), Detail: d.GetDetail(), Clause: d.GetClause(), Causes: d.GetCauses(), Source: d.GetSource(), Entity: d.GetEntity(),
	}
	for _, a := range d.GetActions() {
		line.Actions = append(line.Actions, &routerv1.BacktestAction{Type: a.GetType(), Target: a.GetTarget(), Until: a.GetUntil()})
	}
	return canonical(t, line)
}

// linesOf returns each decision of a backtest over all that is stored, in its order.
func linesOf(t *testing.T, client routerv1.RouterServiceClient, rules string) []string {
	t.Helper()
	stream, err := client.Backtest(t.Context(), &routerv1.BacktestRequest{Rules: rulesFile(rules)})
	require.NoError(t, err)
	lines := []string{}
	for {
		piece, err := stream.Recv()
		require.NoError(t, err)
		for _, l := range piece.GetLines() {
			if l.GetOutcome() == backtest.Resumed {
				continue
			}
			for _, a := range l.GetActions() {
				a.Source = "" // decisions do not name it
			}
			lines = append(lines, canonical(t, l))
		}
		if piece.GetSummary() != nil {
			return lines
		}
	}
}

// A backtest over what is stored decides what the router decided while it came, one
// for one and in the same order, with waits, holds and leases.
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
			s.awaitSilence()
			decided := []string{}
			for _, d := range r.allDecisions() {
				decided = append(decided, shown(t, d))
			}
			require.Greater(t, len(decided), 60)
			require.Equal(t, decided, linesOf(t, r.backtestClient(), rules))
		})
	}
}
