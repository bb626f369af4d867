package action_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/action"
)

// What is tried for a day on an alert under a lease does not keep it paused so long,
// whatever it waits for.
func TestHurry_ALeaseEndsWhileSomethingElseIsTriedOnItsTarget(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fault
		full  bool
	}{
		"it is tried again in fifteen minutes": {fault: refuse(rateLimitedFor(15 * time.Minute))},
		"the stream does not take its intent":  {fault: ok, full: true},
	} {
		t.Run(name, func(t *testing.T) {
			o := onceActions()["update_alert"]
			r := o.ready(t)
			p := r.paused(t)
			r.vendor.script(o.call, c.fault)
			recorded, err := p.ledger.Create(t.Context(), o.as("u", "update_alert"))
			require.NoError(t, err)
			makeRoom := func() {}
			if c.full {
				makeRoom = r.fill(t)
			}
			require.NoError(t, p.executor.Submit(t.Context(), recorded.Action))
			until(t, "it waits", func() bool {
				a := p.stateOf("u")
				return a.GetNextAttemptAt() != nil || c.full && a.GetState() == attempting
			})
			r.clock.advance(time.Hour)
			until(t, "the alert is resumed", func() bool { return !r.vendor.isPaused("a1") })
			until(t, "its lease has ended", func() bool { return p.leases.Len() == 0 })
			makeRoom()
			r.vendor.script(o.call, ok)
			if c.full {
				p.reaches("u", done)
				require.Equal(t, []string{"pause a1", "resume a1", "update a1"}, r.vendor.happened())
			}
		})
	}
}

// What waits for the stream on targets under a lease takes none of the slots in
// which leases end, and a person's release goes first too.
func TestHurry_WhatWaitsTakesNoSlotOfLeasesThatEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1", "b0", "b1")
	r.change = func(o *action.Options) { o.Parallel = 1 }
	p := r.paused(t)
	for i := range 2 {
		p.ask(pauseAlert(fmt.Sprint("p", i), fmt.Sprint("b", i), r.clock.in(9*time.Hour)))
		p.reaches(fmt.Sprint("p", i), done)
	}
	id := r.leaseIs(t, "b1", active).GetId()
	var ids []string
	for i := range 2 {
		a := onceActions()["delete_alert"].as(fmt.Sprint("d", i), "delete_alert")
		a.Target, a.GetDeleteAlert().AlertId = fmt.Sprint("alert:b", i), fmt.Sprint("b", i)
		_, err := p.ledger.Create(t.Context(), a)
		require.NoError(t, err)
		ids = append(ids, a.GetId())
	}
	makeRoom := r.fill(t)
	for _, id := range ids {
		require.NoError(t, p.executor.Submit(t.Context(), p.stateOf(id)))
	}
	until(t, "one of them waits for the stream", func() bool {
		return p.stateOf("d0").GetState() == attempting || p.stateOf("d1").GetState() == attempting
	})
	r.clock.advance(time.Hour)
	until(t, "the alert is resumed", func() bool { return !r.vendor.isPaused("a1") })
	_, err := p.executor.ReleaseLease(t.Context(), id, "ann", "now")
	require.NoError(t, err)
	until(t, "the other is resumed too", func() bool { return !r.vendor.isPaused("b1") })
	require.True(t, r.vendor.isPaused("b0"))
	makeRoom()
	p.reaches("d0", done)
	p.reaches("d1", done)
}
