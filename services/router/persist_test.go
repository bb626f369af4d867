package router_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A snapshot of much state takes long, and a disk may stand still: events must not
// wait for it.
func TestSnapshot_HoldsNoEventUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	slow := newFaulty(r.bus)
	slow.hung = make(chan struct{})
	p := r.start(slow)
	p.awaitReady()
	r.publish(r.anomaly("a", "shop", 0))
	until(t, "a snapshot is being stored", func() bool { return slow.storing.Load() == 1 })
	r.publish(r.anomaly("b", "shop", 1))
	until(t, "the next event is decided meanwhile", func() bool { return len(r.brief()) == 2 })
	require.Zero(t, p.value("snapshot_timestamp_seconds"))
	close(slow.hung)
	until(t, "the snapshot is stored, and the next one after it", func() bool { return slow.storing.Load() > 1 })
	p.stop()
	require.Positive(t, p.value("snapshot_timestamp_seconds"))
}
