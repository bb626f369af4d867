package router_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	alertbook "github.com/signalbox-io/signalbox/pkg/inventory"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

// reads does what the poller does when it has read these alerts.
func (r *rig) reads(alerts ...*sourcev1.Alert) {
	r.t.Helper()
	require.NoError(r.t, alertbook.Keep(r.t.Context(), r.bus.Alerts(), "anodot-prod", alerts, time.Now()))
}

// inventories returns each inventory that was recorded.
func (r *rig) inventories() []*routerv1.Inventory {
	r.t.Helper()
	var all []*routerv1.Inventory
	for _, in := range r.inputs() {
		if in.GetInventory() != nil {
			all = append(all, in.GetInventory())
		}
	}
	return all
}

func TestInventory_IsRecordedWhenItHasChanged(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	r.config.Safety = config.Safety{MaxPausedPercent: 20, MaxActionsPerHour: 60}
	r.config.Leases.ReconcileEvery = time.Hour // the poller's word is enough
	p := r.start(r.bus)
	p.awaitReady()
	require.Empty(t, r.inventories(), "no poller has read them")

	r.reads(&sourcev1.Alert{Id: "b", Paused: true}, &sourcev1.Alert{Id: "a", Title: "A", Severity: "critical", Labels: []string{"x", "y"}})
	until(t, "the alerts are recorded", func() bool { return len(r.inventories()) == 1 })
	first := r.inventories()[0]
	require.Equal(t, "anodot-prod", first.GetSource())
	require.Len(t, first.GetAlerts(), 2)
	require.JSONEq(t, `{"id":"a","title":"A","severity":"critical","labels":["x","y"]}`, canonical(t, first.GetAlerts()[0]))
	require.JSONEq(t, `{"id":"b","paused":true}`, canonical(t, first.GetAlerts()[1]))

	r.reads(&sourcev1.Alert{Id: "b"})
	until(t, "the change is recorded", func() bool { return len(r.inventories()) > 1 })
	require.Len(t, r.inventories(), 2, "what has not changed is not recorded again")
	until(t, "it is counted", func() bool { return p.value("inputs_total", "inventory") == 2 })
}

// Safety must know the alerts before the first event is decided.
func TestInventory_IsThereBeforeTheFirstEvent(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	r.config.Safety = config.Safety{MaxPausedPercent: 20, MaxActionsPerHour: 60}
	r.reads(&sourcev1.Alert{Id: "a"})
	r.publish(r.anomaly("n1", "shop", 0))
	r.start(r.bus)
	until(t, "the event is decided", func() bool { return len(r.brief()) == 1 })
	require.Len(t, r.inventories(), 1)
	for _, in := range r.inputs() {
		require.Zero(t, in.GetAfterSequence())
	}
}

func TestInventory_IsNotAskedForWhereNothingIsLimited(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	r.config.Leases.ReconcileEvery = 5 * time.Millisecond
	r.reads(&sourcev1.Alert{Id: "a"})
	p := r.start(r.bus)
	p.awaitReady()
	r.publish(r.anomaly("n1", "shop", 0))
	until(t, "the event is decided", func() bool { return len(r.brief()) == 1 })
	require.Empty(t, r.inventories())
}

// A lease that ended makes the engine take its alert for active. Where the alert
// stayed paused, the reading says what the last one said, and must be told all the
// same: otherwise safety would count too few.
func TestInventory_AnAlertThatStaysPausedAfterItsLeaseIsToldAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	r.config.Safety = config.Safety{MaxPausedPercent: 20, MaxActionsPerHour: 60}
	alerts := []*sourcev1.Alert{{Id: "a", Paused: true}, {Id: "b", Paused: true}}
	r.reads(alerts...)
	p := r.start(r.bus)
	p.awaitReady()
	until(t, "the alerts are recorded", func() bool { return len(r.inventories()) == 1 })

	require.NoError(t, p.Take(t.Context(), &routerv1.Input{Content: &routerv1.Input_LeaseEnded{LeaseEnded: &routerv1.LeaseEnded{
		Source: "anodot-prod", Target: "alert:a", State: actionv1.LeaseState_LEASE_STATE_ENDED,
	}}}))
	r.reads(alerts...)
	until(t, "the one in doubt is told again", func() bool { return len(r.inventories()) == 2 })
	again := r.inventories()[1]
	require.True(t, again.GetChanges())
	require.Len(t, again.GetAlerts(), 1)
	require.JSONEq(t, `{"id":"a","paused":true}`, canonical(t, again.GetAlerts()[0]))

	r.reads(alerts[1])
	until(t, "one that is gone is told of", func() bool { return len(r.inventories()) == 3 })
	require.Equal(t, []string{"a"}, r.inventories()[2].GetGone())
}

// Alerts that nobody has read lately are no reason to decide nothing.
func TestInventory_OldReadingsAreToldAndSaidToBeOld(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	r.config.Safety = config.Safety{MaxPausedPercent: 20, MaxActionsPerHour: 60}
	require.NoError(t, alertbook.Keep(t.Context(), r.bus.Alerts(), "anodot-prod", []*sourcev1.Alert{{Id: "a"}}, time.Now().Add(-time.Hour)))
	p := r.start(r.bus)
	p.awaitReady()
	until(t, "the alerts are recorded", func() bool { return len(r.inventories()) == 1 })
}

// What the poller warns of is no second warning in the log of one process; what no
// poller tells is the router's own.
func TestInventory_WarnsOfWhatNoPollerHasWarnedOf(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		prepare func(r *rig)
		want    string
	}{
		"refused": {func(r *rig) {
			require.NoError(t, alertbook.Fail(t.Context(), r.bus.Alerts(), "anodot-prod", "no right to list them"))
		}, `level=INFO msg="how the alerts of an account stand is not known`},
		"in part": {func(r *rig) {
			require.NoError(t, alertbook.KeepPart(t.Context(), r.bus.Alerts(), "anodot-prod", []*sourcev1.Alert{{Id: "a"}}, time.Now(), "one has no id"))
		}, `level=INFO msg="how the alerts of an account stand is not known`},
		"not read": {func(*rig) {}, `level=WARN msg="how the alerts of an account stand is not known`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, everyAnomaly)
			r.config.Safety = config.Safety{MaxPausedPercent: 20, MaxActionsPerHour: 60}
			r.config.Leases.ReconcileEvery = 5 * time.Millisecond
			tc.prepare(r)
			log := &lines{}
			opts := r.options(r.bus)
			opts.Logger = slog.New(slog.NewTextHandler(log, nil))
			rules, err := router.LoadRules(r.config)
			require.NoError(t, err)
			started, err := router.New(opts, rules)
			require.NoError(t, err)
			require.NoError(t, started.Start(t.Context()))
			t.Cleanup((&process{Router: started, t: t}).kill)
			until(t, "the log tells of it", func() bool { return strings.Contains(log.String(), tc.want) })
			require.Equal(t, 1, strings.Count(log.String(), "stand is not known"))
		})
	}
}

// lines is a log that is read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
