package router_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

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
	r.config.Leases.ReconcileEvery = 20 * time.Millisecond
	p := r.start(r.bus)
	p.awaitReady()
	require.Empty(t, r.inventories(), "the vendor is away")

	r.vendor.tells(&anodotv1.Alert{Id: "b", Paused: true}, &anodotv1.Alert{Id: "a", Title: "A", Severity: "critical", Labels: []string{"y", "x"}})
	until(t, "the alerts are recorded", func() bool { return len(r.inventories()) == 1 })
	first := r.inventories()[0]
	require.Equal(t, "anodot-prod", first.GetSource())
	require.Len(t, first.GetAlerts(), 2)
	require.JSONEq(t, `{"id":"a","title":"A","severity":"critical","labels":["x","y"]}`, canonical(t, first.GetAlerts()[0]))
	require.JSONEq(t, `{"id":"b","paused":true}`, canonical(t, first.GetAlerts()[1]))

	r.vendor.tells(&anodotv1.Alert{Id: "b"})
	until(t, "the change is recorded", func() bool { return len(r.inventories()) > 1 })
	require.Len(t, r.inventories(), 2, "what has not changed is not recorded again")
	require.InDelta(t, 2, p.value("inputs_total", "inventory"), 0)
}

// Safety must know the alerts before the first event is decided.
func TestInventory_IsThereBeforeTheFirstEvent(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	r.config.Safety = config.Safety{MaxPausedPercent: 20, MaxActionsPerHour: 60}
	r.vendor.tells(&anodotv1.Alert{Id: "a"})
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
	r.vendor.tells(&anodotv1.Alert{Id: "a"})
	p := r.start(r.bus)
	p.awaitReady()
	r.publish(r.anomaly("n1", "shop", 0))
	until(t, "the event is decided", func() bool { return len(r.brief()) == 1 })
	require.Empty(t, r.inventories())
}
