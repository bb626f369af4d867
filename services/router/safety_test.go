package router_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
	"github.com/signalbox-io/signalbox/services/router"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

const pausesEach = `
rules:
  - name: pauses
    mode: auto
    on: [feedback]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 1h}}]
  - name: tells
    mode: auto
    on: [anomaly]
    unless: paused
    do: [{publish: {subject: told}}]
`

// An alert that no inventory has told of yet is read before it is touched.
func TestSafety_AnAlertThatIsNotKnownIsReadFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	r.config.Safety = config.Safety{MaxPausedPercent: 20, MaxActionsPerHour: 60, Never: config.Never{Titles: []string{"pay*"}}}
	r.vendor.titled("17", "payments")
	p := r.start(r.bus)
	p.awaitReady()
	require.Empty(t, r.inventories(), "no poller has read them")
	r.publish(r.feedback("f1", "17", 1))
	until(t, "the pause is refused", func() bool { return r.ledger()["pause_alert alert:17"] == "STATE_REFUSED" })
	require.Empty(t, r.vendor.done())
	until(t, "the engine hears that there is no pause", func() bool { return len(r.brief()) == 2 })
	require.Contains(t, fmt.Sprint(r.ends()), "STATE_REFUSED")
	paused := r.anomaly("n1", "shop", 2)
	paused.GetAnomaly().AlertId = "17"
	r.publish(paused)
	until(t, "it is told", func() bool { return len(r.brief()) == 3 })
	require.Equal(t, []string{"pauses FIRED 1", "pauses REFUSED_SAFETY 1", "tells FIRED 2"}, r.brief())
}

// ends returns how actions and leases ended, as it is recorded.
func (r *rig) ends() []string {
	r.t.Helper()
	var all []string
	for _, in := range r.inputs() {
		if e := in.GetActionEnded(); e != nil {
			all = append(all, fmt.Sprint(e.GetTarget(), " ", e.GetState(), " ", e.GetHasLease()))
		}
		if e := in.GetLeaseEnded(); e != nil {
			all = append(all, fmt.Sprint(e.GetTarget(), " ", len(e.GetActionIds()), " ", e.GetOnTime()))
		}
	}
	return all
}

// What was paused between a suggestion and its approval counts.
func TestApproveAction_AsksSafetyAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, suggestsPause)
	r.config.Safety = config.Safety{MaxPausedAlerts: 1, MaxActionsPerHour: 60}
	p := r.start(r.bus)
	server := router.NewServer(p.Router)
	p.awaitReady()
	r.publish(r.feedback("v1", "17", 1))
	until(t, "a pause is suggested", func() bool { return len(r.suggested()) == 1 })
	id := r.suggested()[0].GetId()
	require.NoError(t, p.Take(t.Context(), &routerv1.Input{Content: &routerv1.Input_Inventory{Inventory: &routerv1.Inventory{
		Source: "anodot-prod", Alerts: []*routerv1.InventoryAlert{{Id: "17"}, {Id: "18", Paused: true}},
	}}}))

	_, err := server.ApproveAction(t.Context(), &routerv1.ApproveActionRequest{ActionId: id, By: "ann"})
	require.Equal(t, "REFUSED_SAFETY", rpc.Reason(err))
	require.ErrorContains(t, err, "at its approval: anodot-prod has 1 of at most 1 alerts paused")
	require.Equal(t, "STATE_REFUSED", r.ledger()["pause_alert alert:17"])
	until(t, "it is decided", func() bool { return len(r.brief()) == 2 })
	d := r.allDecisions()[1]
	require.Equal(t, "suggests REFUSED_SAFETY 1", r.brief()[1])
	require.Equal(t, id, d.GetActions()[0].GetId())
	require.Empty(t, r.vendor.done())

	before := r.decisions()
	p.stop()
	r.forgetDecisions()
	second := r.start(r.bus)
	second.awaitReady()
	until(t, "all is decided again", func() bool { return len(r.brief()) == len(before) })
	require.Equal(t, before, r.decisions(), "the recorded approval decides the same")
}

// withholding is a bus on which no input of some kinds is recorded.
type withholding struct {
	*bus.Bus
	kinds string
	held  atomic.Int32
}

func (w *withholding) PublishInput(ctx context.Context, id string, in *routerv1.Input, after uint64) (uint64, error) {
	if strings.Contains(w.kinds, strings.TrimPrefix(bus.InputSubject(in), "signalbox.input.")) {
		w.held.Add(1)
		return 0, errors.New("the process is about to be killed")
	}
	return w.Bus.PublishInput(ctx, id, in, after)
}

// settledLedger lets the ledger look as if every message had been published.
func (r *rig) settledLedger() {
	r.t.Helper()
	last, err := r.bus.JetStream().Stream(r.t.Context(), "KV_SIGNALBOX_LEDGER")
	require.NoError(r.t, err)
	_, err = r.bus.Ledger().PutString(r.t.Context(), ledgerMark, strconv.FormatUint(last.CachedInfo().State.LastSeq, 10))
	require.NoError(r.t, err)
}

// A process that is killed after the ledger has an end and before the engine has
// heard of it leaves it to the next one.
func TestUnheard_TheEndOfAPauseIsToldByTheNextProcess(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	r.vendor.pausedByOthers("17")
	w := &withholding{Bus: r.bus, kinds: "action_ended"}
	first := r.start(w)
	first.awaitReady()
	r.publish(r.feedback("f1", "17", 1))
	until(t, "the pause has ended and nobody has heard of it", func() bool { return w.held.Load() > 0 })
	require.Equal(t, "STATE_DONE", r.ledger()["pause_alert alert:17"])
	first.kill()
	r.settledLedger()
	require.Empty(t, r.ends())

	second := r.start(r.bus)
	second.awaitReady()
	until(t, "the next process tells it", func() bool { return len(r.ends()) > 0 })
	require.Equal(t, []string{"alert:17 STATE_DONE false"}, r.ends())
	paused := r.anomaly("n1", "shop", 2)
	paused.GetAnomaly().AlertId = "17"
	r.publish(paused)
	until(t, "the anomaly is decided", func() bool { return len(r.brief()) == 2 })
	require.Equal(t, "tells FIRED 2", r.brief()[1], "it was somebody else's pause")
	second.stop()

	third := r.start(r.bus)
	third.awaitReady()
	third.stop()
	require.Len(t, r.ends(), 1, "what was heard is not told again")
}

func TestUnheard_AnApprovalIsToldByTheNextProcess(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"approves", "rejects"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, suggestsPause)
			w := &withholding{Bus: r.bus, kinds: "approval"}
			first := r.start(w)
			server := router.NewServer(first.Router)
			first.awaitReady()
			r.publish(r.feedback("v1", "17", 1))
			until(t, "a pause is suggested", func() bool { return len(r.suggested()) == 1 })
			id := r.suggested()[0].GetId()
			ctx, cancel := context.WithCancel(t.Context())
			said := make(chan error, 1)
			go func() {
				var err error
				if word == "approves" {
					_, err = server.ApproveAction(ctx, &routerv1.ApproveActionRequest{ActionId: id, By: "ann"})
				} else {
					_, err = server.RejectAction(ctx, &routerv1.RejectActionRequest{ActionId: id, By: "ann"})
				}
				said <- err
			}()
			until(t, "nobody has heard of it", func() bool { return w.held.Load() > 0 })
			cancel()
			require.NoError(t, <-said)
			require.Empty(t, r.vendor.done(), "nothing is done before it is recorded")
			first.kill()
			r.settledLedger()

			second := r.start(r.bus)
			second.awaitReady()
			until(t, "the next process tells it", func() bool { return len(r.words()) > 0 })
			if word == "approves" {
				until(t, "it is done", func() bool { return r.ledger()["pause_alert alert:17"] == "STATE_DONE" })
				require.Equal(t, []string{"pause 17"}, r.vendor.done())
			}
			require.Equal(t, fmt.Sprint("ann ", word == "approves"), r.words()[0])
		})
	}
}

// A router whose inputs cannot be recorded says so.
func TestInputs_AFullStreamIsNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	p := r.start(r.bus)
	p.awaitReady()
	stream, err := r.bus.JetStream().Stream(t.Context(), bus.StreamInputs)
	require.NoError(t, err)
	full := stream.CachedInfo().Config
	full.MaxMsgs = 1
	_, err = r.bus.JetStream().UpdateStream(t.Context(), full)
	require.NoError(t, err)
	taken := make(chan error, 1)
	go func() {
		taken <- p.Take(t.Context(), &routerv1.Input{Content: &routerv1.Input_Inventory{Inventory: &routerv1.Inventory{Source: "anodot-prod"}}})
	}()
	until(t, "readiness names it", func() bool {
		report := p.health.Report()
		return !report.Ready && strings.Contains(report.Reason, "record signalbox.input.inventory")
	})
	require.InDelta(t, 1, p.value("waiting_inputs"), 0)
	require.Positive(t, p.value("input_failures_total"))

	full.MaxMsgs = -1
	_, err = r.bus.JetStream().UpdateStream(t.Context(), full)
	require.NoError(t, err)
	require.NoError(t, <-taken)
	p.awaitReady()
	require.Zero(t, p.value("waiting_inputs"))
}

// refusing is a bus that refuses the first inventories for good.
type refusing struct {
	*bus.Bus
	left atomic.Int32
}

func (w *refusing) PublishInput(ctx context.Context, id string, in *routerv1.Input, after uint64) (uint64, error) {
	if in.GetInventory() != nil && w.left.Add(-1) >= 0 {
		return 0, fmt.Errorf("record input: %w", nats.ErrMaxPayload)
	}
	return w.Bus.PublishInput(ctx, id, in, after)
}

// An inventory larger than a message is told in pieces, and one that was refused is
// told again.
func TestInventory_IsToldHoweverLargeItIs(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	r.config.Safety = config.Safety{MaxPausedPercent: 20, MaxActionsPerHour: 60}
	r.config.Leases.ReconcileEvery = 200 * time.Millisecond
	const number = 2_500
	alerts := make([]*sourcev1.Alert, number)
	for i := range alerts {
		alerts[i] = &sourcev1.Alert{Id: fmt.Sprintf("alert-%05d", i), Title: strings.Repeat("long ", 200), Severity: "high"}
	}
	r.reads(alerts...)
	on := &refusing{Bus: r.bus}
	on.left.Store(3)
	p := r.start(on)
	p.awaitReady()
	known := map[string]bool{}
	require.Eventually(t, func() bool { // each look takes long
		clear(known)
		for _, in := range r.inventories() {
			if !in.GetChanges() {
				clear(known)
			}
			for _, alert := range in.GetAlerts() {
				known[alert.GetId()] = true
			}
		}
		return len(known) == number
	}, patience, 500*time.Millisecond, "every alert is recorded")
	require.InDelta(t, 3, p.value("lost_inputs_total"), 0)

	r.reads(append(alerts[1:number:number], &sourcev1.Alert{Id: "new"})...)
	require.Eventually(t, func() bool {
		all := r.inventories()
		return all[len(all)-1].GetChanges() && len(all[len(all)-1].GetAlerts()) == 1
	}, patience, 500*time.Millisecond, "the change is recorded")
	last := r.inventories()[len(r.inventories())-1]
	require.Equal(t, []string{"alert-00000"}, last.GetGone())
	require.Equal(t, "new", last.GetAlerts()[0].GetId())
}

// approveStory suggests a pause and approves it as soon as it is suggested, until it
// is done or the process is dead.
func (r *rig) approveStory(p *process, isDead func() bool) {
	r.t.Helper()
	r.publish(r.feedback("v1", "17", 1)) // a second time it is a duplicate
	until(r.t, "a pause is suggested", func() bool { return isDead() || len(r.ledger()) > 0 })
	server := router.NewServer(p.Router)
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	said := make(chan struct{})
	go func() {
		defer close(said)
		for waiting := r.suggested(); len(waiting) > 0 && ctx.Err() == nil; waiting = r.suggested() {
			_, _ = server.ApproveAction(ctx, &routerv1.ApproveActionRequest{ActionId: waiting[0].GetId(), By: "ann"})
			_ = retry.Wait(ctx, tick)
		}
	}()
	until(r.t, "the pause is done", func() bool { return isDead() || r.ledger()["pause_alert alert:17"] == "STATE_DONE" })
	cancel()
	<-said
}

// Killed at any write, an approval is carried out once, and the engine knows of it.
func TestApproveAction_CrashesAnywhereToTheSameOutcome(t *testing.T) {
	t.Parallel()
	undisturbed := newRig(t, suggestsPause)
	counting := newFaulty(undisturbed.bus)
	p := undisturbed.start(counting)
	undisturbed.approveStory(p, counting.isDead)
	p.stop()
	total := counting.writes()
	require.Greater(t, total, 10)
	for n := 1; n <= total; n++ {
		t.Run(fmt.Sprintf("write %d", n), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, suggestsPause)
			broken := newFaulty(r.bus)
			broken.isLastDone = n%2 == 0
			broken.failFrom(n)
			first := r.start(broken)
			r.approveStory(first, broken.isDead)
			first.kill()
			second := r.start(r.bus)
			r.approveStory(second, func() bool { return false })
			require.Equal(t, []string{"pause 17"}, r.vendor.done())
			anomalies := 0
			until(t, "the engine has heard of the pause", func() bool {
				anomalies++
				paused := r.anomaly(fmt.Sprint("n", anomalies), "shop", 2)
				paused.GetAnomaly().AlertId = "17"
				paused.OccurredAt, paused.ObservedAt = timestamppb.Now(), timestamppb.Now()
				r.publish(paused)
				return slices.Contains(r.outcomes(), "tells UNLESS")
			})
		})
	}
}

// outcomes returns rule and outcome of each decision.
func (r *rig) outcomes() []string {
	r.t.Helper()
	var all []string
	for _, d := range r.allDecisions() {
		all = append(all, d.GetRule()+" "+strings.TrimPrefix(d.GetOutcome().String(), "OUTCOME_"))
	}
	return all
}

// An approval of which the engine has forgotten that it was suggested is asked about
// by what the word says of the action, and refused as any other.
func TestApproveAction_AsksSafetyAlsoAboutWhatIsForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t, suggestsPause)
	r.config.Safety = config.Safety{MaxPausedAlerts: 1, MaxActionsPerHour: 60}
	first := r.start(r.bus)
	first.awaitReady()
	r.publish(r.feedback("v1", "17", 1))
	until(t, "a pause is suggested", func() bool { return len(r.suggested()) == 1 && len(r.brief()) == 1 })
	id := r.suggested()[0].GetId()
	first.stop()
	stream, err := r.bus.JetStream().Stream(t.Context(), bus.StreamEvents)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))
	r.removeSnapshot()

	second := r.start(r.bus)
	second.awaitReady()
	require.NoError(t, second.Take(t.Context(), &routerv1.Input{Content: &routerv1.Input_Inventory{Inventory: &routerv1.Inventory{
		Source: "anodot-prod", Alerts: []*routerv1.InventoryAlert{{Id: "17"}, {Id: "18", Paused: true}},
	}}}))
	_, err = router.NewServer(second.Router).ApproveAction(t.Context(), &routerv1.ApproveActionRequest{ActionId: id, By: "ann"})
	require.Equal(t, "REFUSED_SAFETY", rpc.Reason(err), err)
	require.Equal(t, "STATE_REFUSED", r.ledger()["pause_alert alert:17"])
	require.Empty(t, r.vendor.done())
	until(t, "the refusal is recorded", func() bool { return len(r.brief()) == 2 })
	require.Contains(t, r.brief()[1], "suggests REFUSED_SAFETY")
}
