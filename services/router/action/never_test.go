package action_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
)

// neverTouched forbids what is titled so.
func neverTouched(o *action.Options) {
	o.Never = func(alert *anodotv1.Alert) string {
		if alert.GetTitle() == "payments" {
			return "alert " + alert.GetId() + " is never touched"
		}
		return ""
	}
}

// The configuration as it is read decides, whatever was known of it before.
func TestPause_ReadsFirstWhetherTheAlertIsNeverTouched(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1", "a2")
	r.change = neverTouched
	r.vendor.title("a1", "payments")
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	p.ask(pauseAlert("q", "a2", r.clock.in(time.Hour)))
	require.Equal(t, "alert a1 is never touched, as it was read before it was touched", p.reaches("p", forbidden).GetDetail())
	p.reaches("q", done)
	require.Equal(t, []string{"pause a2"}, r.vendor.happened())
	require.Empty(t, r.leasesOn(t, "a1"))
}

// What was asked for once is not asked for again when the alert has become one that
// is never touched; a pause that did happen is ours and ends in time.
func TestPause_IsNotRepeatedOnAnAlertThatIsNeverTouched(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fault
		want  []string
	}{
		"it had no effect": {refuse(unknownOutcome()), nil},
		"it happened":      {lose(unknownOutcome()), []string{"pause a1"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "a1")
			r.change = neverTouched
			r.vendor.script("pause a1", func(ctx context.Context, apply func()) error {
				err := c.fault(ctx, apply)
				r.vendor.title("a1", "payments")
				return err
			})
			p := r.start(t)
			p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
			if c.want == nil {
				require.Equal(t, forbidden, p.ends("p").GetState())
			} else {
				p.reaches("p", done)
				r.leaseIs(t, "a1", active)
			}
			require.Equal(t, c.want, r.vendor.happened())
		})
	}
}
