package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

const (
	failedState  = actionv1.State_STATE_FAILED
	refusedState = actionv1.State_STATE_REFUSED
)

func byPause() *routerv1.AskedBy {
	return &routerv1.AskedBy{
		Rule: "pause", RuleSet: "then", EventId: "f", Key: []string{"17"}, Source: "anodot-prod", Entity: "shop", Sequence: 7,
	}
}

// cameTo is how an action that the rule `pause` asked for ended.
func cameTo(clock, action string, state actionv1.State, retries int32) *routerv1.Input {
	in := ended(clock, action, state, false)
	e := in.GetActionEnded()
	e.Type, e.Detail, e.Retries, e.AskedBy = "pause_alert", "of some reason", retries, byPause()
	return in
}

func drift(clock, action, kind string) *routerv1.Input {
	return &routerv1.Input{TakenAt: taken(clock), Content: &routerv1.Input_Drift{Drift: &routerv1.Drift{
		Kind: kind, Source: "anodot-prod", Target: "alert:17", LeaseId: "lease-" + action, ActionId: action, Type: "pause_alert",
		Detail: "of some reason", AskedBy: byPause(),
	}}}
}

func TestActionEnded_WhatWasNotDoneIsDecided(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, retried), hourLate())
	action := asked(run(e, feedback("f", "10:00")))
	refused := run(e, cameTo("10:10", action, refusedState, 0))
	require.Equal(t, []string{"f REFUSED_SAFETY of some reason"}, words(refused))
	d := refused[0].Decision
	require.Empty(t, refused[0].Actions)
	require.Equal(t, []any{"pause", "then", "safety", "17", "anodot-prod", "shop", uint64(7), at("10:10")}, []any{
		d.GetRule(), d.GetRuleSet(), d.GetClause(), d.GetKey()[0], d.GetSource(), d.GetEntity(), d.GetSequence(), d.GetTime().AsTime(),
	})
	require.Equal(t, []*decisionv1.ActionRef{{Id: action, Type: "pause_alert", Target: "alert:17"}}, d.GetActions())

	gaveUp := run(e, again("10:20", action), cameTo("10:30", action, failedState, 1))
	require.Equal(t, []string{"f ERROR pause_alert alert:17 has failed: of some reason"}, words(gaveUp))
	require.Equal(t, "do", gaveUp[0].Decision.GetClause())
	require.NotEqual(t, d.GetId(), gaveUp[0].Decision.GetId())
}

func TestActionEnded_IsDecidedOnce(t *testing.T) {
	t.Parallel()
	set := load(t, retried)
	e := engine.New(set, hourLate())
	action := asked(run(e, feedback("f", "10:00")))
	first := run(e, cameTo("10:10", action, failedState, 0))
	require.Len(t, first, 1)
	require.Empty(t, run(e, cameTo("10:11", action, failedState, 0)), "told again")
	e = restored(t, set, hourLate(), e)
	require.Empty(t, run(e, cameTo("10:12", action, failedState, 0)), "told again to the next process")
	require.True(t, e.Open().Heard[engine.EndKey(action, 0)])
	require.False(t, e.Open().Heard[engine.EndKey(action, 1)])
	require.Empty(t, e.Open().Actions)

	other := engine.New(set, hourLate())
	run(other, feedback("f", "10:00"))
	again := run(other, cameTo("10:10", action, failedState, 0))
	require.Equal(t, first[0].Decision, again[0].Decision, "a replay decides the same")
}

func TestActionEnded_OthersAreNoDecision(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, retried), hourLate())
	action := asked(run(e, feedback("f", "10:00")))
	for _, state := range []actionv1.State{
		actionv1.State_STATE_DONE, actionv1.State_STATE_EXPIRED, actionv1.State_STATE_REJECTED,
	} {
		require.Empty(t, run(e, cameTo("10:10", action, state, 0)), state)
	}
	require.Empty(t, run(e, ended("10:10", action, failedState, false)), "an input of old")
}

// What the engine itself has refused a person is decided by that.
func TestActionEnded_OfARefusedWordIsNoSecondDecision(t *testing.T) {
	t.Parallel()
	settings := safe(engine.Safety{Never: engine.Never{Severities: []string{"critical"}}, MaxActionsPerHour: 9})
	critical := inventory("10:10", &routerv1.InventoryAlert{Id: "17", Severity: "critical"})
	e := engine.New(load(t, suggesting), settings)
	action := asked(run(e, feedback("f", "10:00")))
	require.Len(t, run(e, critical, said("10:30", action, true)), 1)
	require.Empty(t, run(e, cameTo("10:31", action, refusedState, 0)))

	e = engine.New(load(t, retried), settings)
	action = asked(run(e, feedback("f", "10:00")))
	require.Len(t, run(e, cameTo("10:05", action, failedState, 0), critical, again("10:30", action)), 2)
	require.Empty(t, run(e, cameTo("10:31", action, refusedState, 1)))
}

func TestDrift_IsDecidedOnceOfEachKind(t *testing.T) {
	t.Parallel()
	set := load(t, retried)
	e := engine.New(set, hourLate())
	action := asked(run(e, feedback("f", "10:00")))
	out := run(e, drift("10:10", action, "gone"), drift("10:11", action, "gone"), drift("10:12", action, "overridden"))
	require.Equal(t, []string{"f DRIFT gone: of some reason", "f DRIFT overridden: of some reason"}, words(out))
	require.Equal(t, "lease", out[0].Decision.GetClause())
	require.Equal(t, action, out[0].Decision.GetActions()[0].GetId())
	e = restored(t, set, hourLate(), e)
	require.Empty(t, run(e, drift("10:20", action, "gone")))
}

// Where nothing is done only what was asked for here is decided about.
func TestActionEnded_WithoutAVendor(t *testing.T) {
	t.Parallel()
	settings := hourLate()
	settings.NoVendor = true
	e := engine.New(load(t, retried), settings)
	require.Empty(t, run(e, cameTo("09:00", "other", failedState, 0), drift("09:10", "other", "gone")))
	action := asked(run(e, feedback("f", "10:00")))
	require.Equal(t, []string{"f DRIFT gone: of some reason", "f ERROR pause_alert alert:17 has failed: of some reason"},
		words(run(e, drift("10:10", action, "gone"), cameTo("10:20", action, failedState, 0))))

	e = engine.New(load(t, suggesting), settings)
	action = asked(run(e, feedback("f", "10:00")))
	require.Empty(t, run(e, cameTo("10:20", action, failedState, 0)), "nobody has approved it here")
}
