package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

func TestRouting_RatiosAreThoseOfARound(t *testing.T) {
	t.Parallel()
	with := routing{what: "many rules", bar: 60, cpuBar: 12}
	of := func(bare, router float64) round {
		return round{
			bare:   rate{perSecond: bare, cpu: 5e-6, server: 4e-6},
			router: rate{perSecond: router, cpu: 8e-6, server: 6e-6},
		}
	}
	text := table(with.rows(rounds{of(100, 70), of(1000, 500), of(200, 130)}))
	require.Contains(t, text, "| stream → router → decision, many rules | 200/s | 130/s | 65 % | ≥ 60 % | ok |")
	require.Contains(t, text, "| processor time of a million events, many rules | 5.0 s | 8.0 s | 1.6 × | ≤ 12 s | ok |")
	require.Contains(t, text, "| the same with the NATS server's | 9.0 s | 14.0 s | 1.6 × | – |  |")
	with.cpuBar = 7
	require.Contains(t, table(with.rows(rounds{of(100, 50)})), "8.0 s | 1.6 × | ≤ 7 s | MISS |")
}

func TestManyRules_AreMetByOneEventInAHundred(t *testing.T) {
	t.Parallel()
	set, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: manyRules()}}, rule.Catalog{})
	require.NoError(t, err)
	require.Len(t, set.Rules(), 10_000)
	e, now, decisions := engine.New(set, engine.Settings{MaxLateness: time.Hour}), time.Now(), 0
	for i := range 10_000 {
		decisions += len(e.Event(engine.Input{Event: anomaly(i, 10_000, now), Time: now}))
	}
	require.Equal(t, 100, decisions)
}
