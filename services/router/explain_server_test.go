package router_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

const countsVotes = `
rules:
  - {name: votes, mode: shadow, on: [feedback], key: [feedback.alert_id], count: {at_least: 2, within: 1h}}
`

func TestExplain_AnswersForRulesThatDecideDidAndWill(t *testing.T) {
	r := newRig(t, countsVotes)
	p := r.start(r.bus)
	server := router.NewServer(p.Router)
	p.awaitReady()
	votes := []*eventv1.Event{r.feedback("v1", "17", 1), r.feedback("v2", "17", 2), r.feedback("v3", "18", 3)}
	r.publish(votes...)
	until(t, "the votes are decided", func() bool { return len(r.brief()) == 3 })

	answer, err := server.Explain(t.Context(), &routerv1.ExplainRequest{EventId: votes[1].GetId()})
	require.NoError(t, err)
	require.Equal(t, votes[1].GetId(), answer.GetEvent().GetId())
	require.Empty(t, answer.GetRules()[0].GetFirstFailed())
	require.Equal(t, r.decisionOf(votes[1]), answer.GetRules()[0].GetDecision().GetId())
	before := answer.GetRuleSet()

	answer, err = server.Explain(t.Context(), &routerv1.ExplainRequest{EventId: votes[2].GetId(), Rules: []string{"votes"}})
	require.NoError(t, err)
	require.Equal(t, "count", answer.GetRules()[0].GetFirstFailed())

	r.rewrite("at_least: 2", "at_least: 3")
	_, err = server.ReloadRules(t.Context(), &routerv1.ReloadRulesRequest{})
	require.NoError(t, err)
	answer, err = server.Explain(t.Context(), &routerv1.ExplainRequest{EventId: votes[1].GetId()})
	require.NoError(t, err)
	require.Equal(t, "count", answer.GetRules()[0].GetFirstFailed(), "the rules that decide now")
	answer, err = server.Explain(t.Context(), &routerv1.ExplainRequest{EventId: votes[1].GetId(), RuleSet: before})
	require.NoError(t, err)
	require.Empty(t, answer.GetRules()[0].GetFirstFailed(), "the rules that decided then")

	answer, err = server.Explain(t.Context(), &routerv1.ExplainRequest{EventId: votes[1].GetId(), Files: []*routerv1.RulesFile{
		{Name: "draft.yaml", Content: "rules: [{name: draft, mode: shadow, on: [feedback], when: feedback.alert_id == \"18\"}]"},
	}})
	require.NoError(t, err)
	require.Equal(t, "draft", answer.GetRules()[0].GetRule())
	require.Equal(t, "when", answer.GetRules()[0].GetFirstFailed())
	require.Equal(t, `feedback.alert_id is 17`, answer.GetRules()[0].GetClauses()[1].GetDetail())
}

// decisionOf returns the id of the only decision about an event.
func (r *rig) decisionOf(e *eventv1.Event) string {
	r.t.Helper()
	for _, d := range r.allDecisions() {
		if d.GetEventId() == e.GetId() {
			return d.GetId()
		}
	}
	return ""
}

func TestExplain_TellsWhatIsWrong(t *testing.T) {
	r := newRig(t, countsVotes)
	p := r.start(r.bus)
	server := router.NewServer(p.Router)
	p.awaitReady()
	vote := r.feedback("v1", "17", 1)
	r.publish(vote)
	for reason, req := range map[string]*routerv1.ExplainRequest{
		rpc.ReasonInvalidField:    {},
		router.ReasonNoSuchEvent:  {EventId: "nobody"},
		router.ReasonNoSuchRule:   {EventId: vote.GetId(), Rules: []string{"vots"}},
		router.ReasonRulesRefused: {EventId: vote.GetId(), Files: []*routerv1.RulesFile{{Name: "x.yaml", Content: "rules: 7"}}},
	} {
		_, err := server.Explain(t.Context(), req)
		require.Equal(t, reason, rpc.Reason(err), err)
	}
	_, err := server.Explain(t.Context(), &routerv1.ExplainRequest{EventId: vote.GetId(), Rules: []string{"votes", "votes"}})
	require.ErrorContains(t, err, "more names than there are rules")
	_, err = server.Explain(t.Context(), &routerv1.ExplainRequest{
		EventId: vote.GetId(), RuleSet: "x", Files: []*routerv1.RulesFile{{Name: "x.yaml"}},
	})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
}
