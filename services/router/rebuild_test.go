package router_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
)

// act has two alerts paused and returns when both leases are there.
func (r *rig) act() {
	r.t.Helper()
	p := r.start(r.bus)
	r.publish(r.feedback("1", "a", 1), r.feedback("2", "a", 2), r.feedback("3", "b", 3), r.feedback("4", "b", 4))
	until(r.t, "both alerts are paused", func() bool { return len(r.vendor.done()) == 2 && p.value("active_leases") == 2 })
	until(r.t, "and the ledger knows", func() bool {
		ledger := r.ledger()
		return ledger["pause_alert alert:a"] == "STATE_DONE" && ledger["pause_alert alert:b"] == "STATE_DONE"
	})
	p.stop()
}

// An alert whose lease is lost would stay paused for ever.
func TestStart_RebuildsLostBucketsFromTheStream(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	r.act()
	before, effects, leases := r.ledger(), r.vendor.done(), r.storedLeases()
	require.Len(t, leases, 2)
	messages := len(r.messages(bus.StreamActions, ""))
	for _, bucket := range []string{bus.BucketLeases, bus.BucketLedger} {
		require.NoError(t, r.bus.JetStream().DeleteKeyValue(t.Context(), bucket))
	}
	r.bus = bustest.Connect(t, r.server)
	require.Empty(t, r.ledger())
	for key, value := range leases { // a process that was killed came as far as that
		_, err := r.bus.Leases().PutString(t.Context(), key, value)
		require.NoError(t, err)
		break
	}

	p := r.start(r.bus)
	p.awaitReady()
	require.InDelta(t, 2, p.value("active_leases"), 0)
	require.Equal(t, before, r.ledger())
	require.Equal(t, leases, r.storedLeases())
	require.Equal(t, effects, r.vendor.done(), "nothing is done twice")
	require.Len(t, r.messages(bus.StreamActions, "signalbox.action"), messages-2, "nor told twice")
}

func TestStart_RepairsDamagedRecordsFromTheStream(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	r.act()
	before, leases := r.ledger(), r.storedLeases()
	for _, bucket := range []string{bus.BucketLeases, bus.BucketLedger} {
		kv, err := r.bus.JetStream().KeyValue(t.Context(), bucket)
		require.NoError(t, err)
		keys, err := kv.Keys(t.Context())
		require.NoError(t, err)
		_, err = kv.Put(t.Context(), first(keys), []byte("\xff\xff garbage"))
		require.NoError(t, err)
		_, err = kv.Put(t.Context(), "nobody.knows", []byte("\xff\xff garbage"))
		require.NoError(t, err)
	}
	_, err := r.bus.JetStream().Publish(t.Context(), "signalbox.action.s.publish.done", []byte("\xff\xff garbage"))
	require.NoError(t, err)

	p := r.start(r.bus)
	p.awaitReady()
	require.InDelta(t, 2, p.value("active_leases"), 0)
	for _, reason := range []string{"damaged_lease", "damaged_action"} {
		require.Positive(t, p.value("discards_total", reason), reason)
	}
	require.InDelta(t, 1, p.value("discards_total", "undecodable_state"), 0)
	for _, bucket := range []string{bus.BucketLeases, bus.BucketLedger} {
		kv, err := r.bus.JetStream().KeyValue(t.Context(), bucket)
		require.NoError(t, err)
		require.NoError(t, kv.Delete(t.Context(), "nobody.knows"))
	}
	require.Equal(t, before, r.ledger())
	require.Equal(t, leases, r.storedLeases())
}

// first returns a key of a record.
func first(keys []string) string {
	for _, key := range keys {
		if key != ledgerMark {
			return key
		}
	}
	return ""
}

// storedLeases returns the bucket of the leases, but for its mark.
func (r *rig) storedLeases() map[string]string {
	r.t.Helper()
	kv, err := r.bus.JetStream().KeyValue(r.t.Context(), bus.BucketLeases)
	require.NoError(r.t, err)
	keys, err := kv.Keys(r.t.Context())
	require.NoError(r.t, err)
	values := map[string]string{}
	for _, key := range keys {
		if key == ledgerMark {
			continue
		}
		entry, err := kv.Get(r.t.Context(), key)
		require.NoError(r.t, err)
		values[key] = string(entry.Value())
	}
	return values
}
