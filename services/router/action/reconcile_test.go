package action_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/lease"
)

// hold takes leases on the alerts without a pause of ours.
func (p *process) hold(alerts ...string) {
	p.t.Helper()
	for _, id := range alerts {
		p.rig.vendor.set(id, true)
		_, err := p.leases.Take(p.t.Context(), lease.Claim{
			Key:    lease.Key{Source: "anodot-prod", Target: "alert:" + id},
			Holder: &actionv1.Holder{Rule: "quiet", ActionId: id, Until: timestamppb.New(p.rig.clock.now().Add(time.Hour))},
		})
		require.NoError(p.t, err)
	}
}

// However many leases there are, they cost one list: what it shows to stand is not
// read by itself.
func TestReconcile_TakesOneListForAllLeasesOfASource(t *testing.T) {
	t.Parallel()
	const leases = 1000
	r := newRig(t)
	r.change = func(o *action.Options) { o.ReconcileEvery = 50 * time.Millisecond }
	p := r.prepare(t, r.bus)
	ids := make([]string, leases)
	for i := range ids {
		ids[i] = fmt.Sprint("a", i)
	}
	p.hold(ids...)
	r.start(t)
	until(t, "they are compared", func() bool { return r.vendor.called("alerts") > 2 })
	r.vendor.set("a7", false)
	r.vendor.set("a8", false)
	for _, id := range []string{"a7", "a8"} {
		r.leaseIs(t, id, overridden)
	}
	r.vendor.mu.Lock()
	defer r.vendor.mu.Unlock()
	gets := len(r.vendor.calls)
	for _, call := range r.vendor.calls {
		if call == "alerts" {
			gets--
		}
	}
	require.Equal(t, 4, gets, "two readings of each that does not stand")
	require.Empty(t, r.vendor.effects)
}

// A list that shows nothing does not use up what the source takes.
func TestReconcile_ReadsFewByThemselves(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.change = func(o *action.Options) { o.ReconcileEvery = 300 * time.Millisecond }
	p := r.prepare(t, r.bus)
	for i := range 120 {
		p.hold(fmt.Sprint("a", i))
	}
	r.vendor.script("alerts", ignore)
	r.start(t)
	read, rounds := 0, 0
	until(t, "as many are read as may be, and compared again", func() bool {
		r.vendor.mu.Lock()
		defer r.vendor.mu.Unlock()
		read, rounds = 0, 0
		for _, call := range r.vendor.calls {
			if call == "alerts" {
				rounds++
			} else {
				read++
			}
		}
		return read >= 50 && rounds > 2
	})
	require.LessOrEqual(t, read, 50*rounds)
}

// What cannot be listed is left as it is, and so are its leases.
func TestReconcile_ConcludesNothingWithoutAList(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.prepare(t, r.bus)
	p.hold("a1")
	r.vendor.set("a1", false)
	r.vendor.script("alerts", refuse(unavailable()))
	again := r.start(t)
	until(t, "it is tried", func() bool { return r.vendor.called("alerts") > 4 })
	require.Zero(t, r.vendor.called("get a1"))
	require.Equal(t, 1, again.leases.Len())
}

// A pause of ours whose lease is lost is reported, once, and left to a person; one
// that was ended, or is somebody else's, is not.
func TestReconcile_ReportsWhatIsUnderNoLease(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1", "a2", "theirs")
	drifts := make(chan action.Drift, 100)
	r.change = func(o *action.Options) { o.Drifted = func(_ context.Context, d action.Difference) { drifts <- d.Kind } }
	r.vendor.set("theirs", true)
	p := r.start(t)
	for _, id := range []string{"a1", "a2", "theirs"} {
		p.ask(pauseAlert("p-"+id, id, r.clock.in(time.Hour)))
		p.reaches("p-"+id, done)
	}
	r.clock.advance(time.Hour)
	until(t, "the leases have ended", func() bool { return p.leases.Len() == 0 })
	for _, id := range []string{"p2-a1", "p2-a2"} {
		p.ask(pauseAlert(id, id[3:], r.clock.in(time.Hour)))
		p.reaches(id, done)
	}
	p.kill()
	_, err := r.bus.Leases().PutString(t.Context(),
		lease.BucketKey(lease.Key{Source: "anodot-prod", Target: "alert:a1"}), "\xff\xff")
	require.NoError(t, err)

	again := r.start(t)
	require.Equal(t, action.DriftOrphaned, <-drifts)
	lists := r.vendor.called("alerts")
	until(t, "it is compared again", func() bool { return r.vendor.called("alerts") > lists+3 })
	require.Empty(t, drifts)
	require.True(t, r.vendor.isPaused("a1"))
	require.Equal(t, 1, again.leases.Len())
}
