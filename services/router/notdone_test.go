package router_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

const updatesEach = `
rules:
  - name: updates
    mode: auto
    on: [feedback]
    key: [feedback.alert_id]
    do: [{publish: {subject: voted}}, {update_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", configuration: {live: false}}}]
`

// neverPayments forbids what is titled so, of which no inventory has told yet.
func (r *rig) neverPayments() {
	r.config.Safety = config.Safety{MaxPausedPercent: 20, MaxActionsPerHour: 60, Never: config.Never{Titles: []string{"pay*"}}}
	r.vendor.titled("17", "payments")
}

// What is known only when an action is carried out is a decision all the same: the
// router records it, a restart and a backtest decide it alike, and explain tells it.
func TestRouter_DecidesWhatWasNotDone(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	r.neverPayments()
	r.vendor.refuse(true)
	p := r.start(r.bus)
	p.awaitReady()
	r.publish(r.feedback("f1", "17", 1))
	until(t, "the first is refused", func() bool { return len(r.brief()) == 2 })
	r.publish(r.feedback("f2", "18", 2))
	until(t, "the second is given up", func() bool { return len(r.brief()) == 4 })
	require.Equal(t, []string{"pauses FIRED 1", "pauses REFUSED_SAFETY 1", "pauses FIRED 2", "pauses ERROR 2"}, r.brief())
	all := r.allDecisions()
	require.Equal(t, "alert 17 is never touched: safety.never.titles has pay*, as it was read before it was touched", all[1].GetDetail())
	require.Contains(t, all[3].GetDetail(), "pause_alert alert:18 has failed: ")
	for i, d := range []*decisionv1.Decision{all[1], all[3]} {
		asked := all[2*i]
		require.Equal(t, asked.GetActions()[0].GetId(), d.GetActions()[0].GetId())
		require.Equal(t, []string{asked.GetEventId(), asked.GetSource(), asked.GetEntity(), asked.GetRuleSet()},
			[]string{d.GetEventId(), d.GetSource(), d.GetEntity(), d.GetRuleSet()})
	}
	require.InDelta(t, 1, p.value("decisions_total", "refused_safety", "pauses"), 0)

	require.Equal(t, records(t, all), records(t, backtestStored(t, r.backtestClient(), pausesEach)))
	for id, want := range map[string]string{all[1].GetEventId(): "safety", all[3].GetEventId(): "do"} {
		answer, err := router.NewServer(p.Router).Explain(t.Context(), &routerv1.ExplainRequest{EventId: id, Rules: []string{"pauses"}})
		require.NoError(t, err)
		told := answer.GetRules()[0]
		require.Equal(t, want, told.GetFirstFailed())
		require.False(t, told.GetDiffers())
		require.Len(t, told.GetRecorded(), 2)
	}

	before := r.decisions()
	p.stop()
	r.forgetDecisions()
	second := r.start(r.bus)
	second.awaitReady()
	until(t, "all is decided again", func() bool { return len(r.brief()) == len(before) })
	require.Equal(t, before, r.decisions(), "the recorded ends decide the same")
}

// A process that is killed after the ledger has a refusal and before that is recorded
// leaves it to the next one, also for what the engine does not wait for.
func TestUnheard_ARefusalIsToldByTheNextProcess(t *testing.T) {
	t.Parallel()
	r := newRig(t, updatesEach)
	r.neverPayments()
	w := &withholding{Bus: r.bus, kinds: "action_ended"}
	first := r.start(w)
	first.awaitReady()
	r.publish(r.feedback("f1", "17", 1))
	until(t, "the change is refused and nobody has heard of it", func() bool { return w.held.Load() > 0 })
	require.Equal(t, "STATE_REFUSED", r.ledger()["update_alert alert:17"])
	first.kill()
	r.settledLedger()
	require.Equal(t, []string{"updates FIRED 1"}, r.brief())

	second := r.start(r.bus)
	second.awaitReady()
	until(t, "the next process tells it", func() bool { return len(r.brief()) == 2 })
	require.Equal(t, "updates REFUSED_SAFETY 1", r.brief()[1])
	second.stop()
	third := r.start(r.bus)
	third.awaitReady()
	third.stop()
	require.Equal(t, 1, strings.Count(strings.Join(r.ends(), "\n"), "STATE_REFUSED"), "what was heard is not told again")
	require.Len(t, r.brief(), 2)
}

// Drift is a decision of the rule that holds the lease longest.
func TestRouter_DecidesAboutDrift(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	r.config.Leases.ReconcileEvery = 200 * time.Millisecond
	p := r.start(r.bus)
	p.awaitReady()
	r.publish(r.feedback("f1", "17", 1))
	until(t, "it is paused", func() bool { return r.ledger()["pause_alert alert:17"] == "STATE_DONE" })
	r.vendor.resumedByOthers("17")
	until(t, "it is decided", func() bool { return len(r.brief()) == 2 })
	d := r.allDecisions()[1]
	require.Equal(t, []string{"pauses", "OUTCOME_DRIFT", "lease", "overridden: somebody resumed it by hand"},
		[]string{d.GetRule(), d.GetOutcome().String(), d.GetClause(), d.GetDetail()})
	require.Equal(t, r.allDecisions()[0].GetEventId(), d.GetEventId())
	require.Equal(t, records(t, r.allDecisions()), records(t, backtestStored(t, r.backtestClient(), pausesEach)))
	require.InDelta(t, 1, p.value("lease_drift_total", "overridden"), 0)
}
