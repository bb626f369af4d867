package router_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

// warmStory puts a rule in between two votes, warmed, and returns what is decided.
func (r *rig) warmStory(p *process) []string {
	r.t.Helper()
	server := router.NewServer(p.Router)
	p.awaitReady()
	r.publish(r.feedback("v1", "17", 1))
	until(r.t, "the first is decided", func() bool { return p.Status(r.t.Context()).Decided == 1 })
	r.write(otherRules + votesRule)
	_, err := server.ReloadRules(r.t.Context(), &routerv1.ReloadRulesRequest{Warm: true})
	require.NoError(r.t, err)
	r.publish(r.feedback("v2", "17", 2))
	until(r.t, "the second is decided", func() bool { return strings.Contains(strings.Join(r.brief(), ","), "votes ") })
	return r.brief()
}

// A rule that is put in warm has counted what came before; the record of the switch
// says so, so that whoever goes over the stream again decides the same.
func TestReloadWarm_CountsWhatCameBefore(t *testing.T) {
	t.Parallel()
	r := newRig(t, otherRules)
	first := r.start(r.bus)
	require.Contains(t, r.warmStory(first), "votes FIRED 2")
	var warm *routerv1.RuleSetSwitch
	for _, in := range r.inputs() {
		if s := in.GetRuleSetSwitch(); s.GetWarm() {
			warm = s
		}
	}
	require.True(t, warm.GetWarmFrom().IsValid())

	answer, err := router.NewServer(first.Router).Explain(t.Context(), &routerv1.ExplainRequest{
		EventId: r.feedback("v2", "17", 2).GetId(), Rules: []string{"votes"},
	})
	require.NoError(t, err)
	require.False(t, answer.GetRules()[0].GetDiffers())
	require.Equal(t, decisionv1.Outcome_OUTCOME_FIRED, answer.GetRules()[0].GetDecision().GetOutcome(), "explained as it was warmed")
	first.stop()
	before := r.decisions()

	r.forgetDecisions()
	second := r.start(r.bus)
	second.awaitReady()
	until(t, "all is decided again", func() bool { return len(r.brief()) == len(before) })
	require.Equal(t, before, r.decisions(), "byte for byte")
	r.publish(r.feedback("v3", "17", 3))
	until(t, "what comes is decided", func() bool { return strings.Contains(strings.Join(r.brief(), ","), "votes HELD_COUNT 3") })
}

// What was warmed is in the snapshot.
func TestReloadWarm_SurvivesARestart(t *testing.T) {
	t.Parallel()
	r := newRig(t, otherRules)
	first := r.start(r.bus)
	server := router.NewServer(first.Router)
	first.awaitReady()
	r.publish(r.feedback("v1", "17", 1))
	until(t, "the first is decided", func() bool { return first.Status(t.Context()).Decided == 1 })
	r.write(otherRules + votesRule)
	_, err := server.ReloadRules(t.Context(), &routerv1.ReloadRulesRequest{Warm: true})
	require.NoError(t, err)
	first.stop()
	second := r.start(r.bus)
	second.awaitReady()
	r.publish(r.feedback("v2", "17", 2))
	until(t, "the second is decided", func() bool { return strings.Contains(strings.Join(r.brief(), ","), "votes FIRED 2") })
}
