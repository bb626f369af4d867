package engine_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// nonsense are inputs that nobody should record, about an action that is there.
func nonsense(action string) []*routerv1.Input {
	return []*routerv1.Input{
		nil,
		{},
		{Content: &routerv1.Input_Inventory{}},
		{Content: &routerv1.Input_Inventory{Inventory: &routerv1.Inventory{Alerts: []*routerv1.InventoryAlert{nil, {}, {Id: "17"}, {Id: "17", Paused: true}}}}},
		{Content: &routerv1.Input_ActionEnded{}},
		{Content: &routerv1.Input_ActionEnded{ActionEnded: &routerv1.ActionEnded{ActionId: action, HasLease: true, State: -1}}},
		{Content: &routerv1.Input_ActionEnded{ActionEnded: &routerv1.ActionEnded{ActionId: "none", Source: "anodot-prod", Target: "alert:17", State: actionv1.State_STATE_DONE}}},
		{Content: &routerv1.Input_Approval{}},
		{Content: &routerv1.Input_Approval{Approval: &routerv1.Approval{ActionId: action, Approved: true}}},
		{Content: &routerv1.Input_Approval{Approval: &routerv1.Approval{ActionId: action}}},
		{Content: &routerv1.Input_LeaseEnded{}},
		{Content: &routerv1.Input_LeaseEnded{LeaseEnded: &routerv1.LeaseEnded{Source: "anodot-prod", Target: "alert:18"}}},
		{Content: &routerv1.Input_RuleSetSwitch{}},
	}
}

// Whatever an input says, and whatever time it gives, the engine goes on, and can
// be restarted.
func TestTake_Nonsense(t *testing.T) {
	t.Parallel()
	set := load(t, suggesting+`
  - {name: also, mode: auto, on: [feedback], do: [{pause_alert: {source: anodot-prod, alert_id: "18", for: 6h}}]}
`)
	settings := engine.Settings{MaxLateness: time.Hour, Safety: &engine.Safety{MaxPaused: engine.Share{Percent: 50}, MaxActionsPerHour: 10}}
	for _, seconds := range []int64{math.MinInt64, math.MinInt64 / 2, -62_135_596_801, -62_135_596_800, 0, 253_402_300_799, 253_402_300_800, math.MaxInt64 / 2, math.MaxInt64} {
		for _, nanos := range []int32{0, -1, 999_999_999, math.MaxInt32, math.MinInt32} {
			for i := range nonsense("") {
				e := engine.New(set, settings)
				out := run(e, inventory("09:00", known("17"), known("18")), feedback("f", "10:00"))
				in := nonsense(asked(out))[i]
				if in != nil {
					in.TakenAt = &timestamppb.Timestamp{Seconds: seconds, Nanos: nanos}
				}
				for range 2 {
					e.Take(in)
					e = restored(t, set, settings, e)
				}
				out = run(e, feedback("g", "12:00"), anomaly("a", "12:01"), "2d 10:00")
				require.NotEmpty(t, out, "%s", in)
				_, isDue := e.Next()
				require.False(t, isDue)
			}
		}
	}
}

// A time that there is not is now.
func TestTake_WithoutATime(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]*timestamppb.Timestamp{
		"none": nil, "before all": {Seconds: math.MinInt64}, "after all": {Seconds: 253_402_300_800}, "no nanoseconds": {Seconds: at("15:00").Unix(), Nanos: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engine.New(load(t, pausing), hourLate())
			in := overridden("11:00", "alert:17")
			in.TakenAt = when
			out := run(e, feedback("f", "10:00"), "11:00", in, anomaly("a", "10:59", seen("11:01")), anomaly("b", "11:00", seen("11:01")), "1d 10:00")
			require.Equal(t, []string{"f FIRED", "a UNLESS paused", "b FIRED"}, words(out))
		})
	}
}

// What a person says about an action that nobody was asked about changes nothing.
func TestTake_NobodyWasAsked(t *testing.T) {
	t.Parallel()
	for _, approved := range []bool{true, false} {
		e := engine.New(load(t, pausing), hourLate())
		action := asked(run(e, inventory("09:00", paused("17")), feedback("f", "10:00")))
		out := run(e, said("10:00:10", action, approved), ended("10:00:30", action, actionv1.State_STATE_DONE, true), anomaly("a", "10:01"), "1d 10:00")
		require.Equal(t, []string{"a UNLESS paused", "alert:17 RESUMED 2026-01-05T16:00:00Z"}, words(out))
	}
}

// A second pause of the same rule that was not made takes nothing from the first.
func TestTake_TheSecondPauseFails(t *testing.T) {
	t.Parallel()
	set := load(t, pausing)
	for name, c := range map[string]struct {
		failed []int // of the pauses at 10:00, 11:00 and 12:00
		want   []string
	}{
		"none":       {nil, []string{"x UNLESS paused", "alert:17 RESUMED 2026-01-05T18:00:00Z"}},
		"the first":  {[]int{0}, []string{"x UNLESS paused", "alert:17 RESUMED 2026-01-05T18:00:00Z"}},
		"the last":   {[]int{2}, []string{"x UNLESS paused", "alert:17 RESUMED 2026-01-05T17:00:00Z"}},
		"the latter": {[]int{2, 1}, []string{"x UNLESS paused", "alert:17 RESUMED 2026-01-05T16:00:00Z"}},
		"all":        {[]int{1, 0, 2}, []string{"x FIRED"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engine.New(set, hourLate())
			out := run(e, feedback("f", "10:00"), feedback("g", "11:00"), feedback("h", "12:00"))
			e = restored(t, set, hourLate(), e)
			for _, i := range c.failed {
				run(e, ended("12:01", out[i].Actions[0].GetId(), actionv1.State_STATE_FAILED, false))
			}
			require.Equal(t, c.want, words(run(e, anomaly("x", "13:00"), "1d 10:00")))
		})
	}
}

// What is too late is not waited for, whether or not it was forgotten.
func TestTake_TooLateIsTooLateAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	set := load(t, strings.Replace(suggesting, "approve_within: 2h", "approve_within: 10m", 1)+`
  - {name: also, mode: auto, on: [feedback], do: [{pause_alert: {source: anodot-prod, alert_id: "18", for: 10m}}]}
`)
	for name, then := range map[string]func(suggested, foreign string) any{
		"an approval": func(suggested, _ string) any { return said("10:09", suggested, true) },
		// The pause of 10:00 was somebody else's, and the alert still is paused.
		"the end of an action": func(_, foreign string) any { return ended("10:15", foreign, actionv1.State_STATE_DONE, true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, isRestarted := range []bool{false, true} {
				e := engine.New(set, hourLate())
				out := run(e, inventory("09:00", paused("18")), feedback("f", "10:00"), "10:15")
				if isRestarted {
					e = restored(t, set, hourLate(), e)
				}
				got := run(e, then(out[0].Actions[0].GetId(), out[1].Actions[0].GetId()), feedback("g", "10:16"),
					anomaly("a", "10:17"), anomaly("b", "10:18", alert("18")), "1d 10:00")
				require.Equal(t, []string{"g HELD_COOLDOWN", "g FIRED", "a FIRED", "b FIRED"}, short(words(got)))
			}
		})
	}
}
