package action_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// vague lets the vendor say of no alert whether it is paused, or say it again.
func (v *vendor) vague(isVague bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.isVague = isVague
}

// A word for a state that nobody knows ends no lease, however often it is read, and
// its end is asked for until it is seen.
func TestUnknownState_EndsNoLeaseAndKeepsNoneFromEnding(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	p.reaches("p", done)
	r.vendor.vague(true)
	reads := r.vendor.called("get a1")
	until(t, "the lease is compared again and again", func() bool { return r.vendor.called("get a1") > reads+4 })
	r.leaseIs(t, "a1", active)
	require.True(t, r.vendor.isPaused("a1"))

	r.clock.advance(time.Hour)
	until(t, "it is resumed", func() bool { return !r.vendor.isPaused("a1") })
	until(t, "it is asked for until it is seen", func() bool { return r.vendor.called("resume a1") > 1 })
	r.leaseIs(t, "a1", active)
	r.vendor.vague(false)
	require.Equal(t, done, r.resumed(t).GetState())
	r.leaseIs(t, "a1", ended)
}

// It is not known whose a pause would be.
func TestUnknownState_IsNotPausedUntilItIsKnown(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	r.vendor.vague(true)
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	until(t, "it is read again", func() bool { return r.vendor.called("get a1") > 3 })
	require.Zero(t, r.vendor.called("pause a1"))
	r.vendor.vague(false)
	require.Regexp(t, "^paused; lease ", p.reaches("p", done).GetDetail())
}
