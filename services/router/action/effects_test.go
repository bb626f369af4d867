package action_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// once is an action that is done once and stays, and how the test sees it.
type once struct {
	action *actionv1.Action
	// before makes the vendor ready.
	before func(*vendor)
	// call has the effect, and made tells that there is one.
	call, effect string
	// done is the detail of one that the vendor accepted, did what comes before
	// the words of one that was read back.
	done, did string
	// again is the detail of a second action that finds the effect there.
	again string
}

func configuration(fields map[string]any) *structpb.Struct {
	s, err := structpb.NewStruct(fields)
	if err != nil {
		panic(err)
	}
	return s
}

func withWatcher(deleted bool) func(*vendor) {
	return func(v *vendor) {
		v.watchers = []*anomifyv1.Watcher{{Id: "1", Name: "shop", Chips: []string{"shop"}, Deleted: deleted}}
	}
}

func onceActions() map[string]once {
	return map[string]once{
		"create_alert": {
			action: &actionv1.Action{Source: "anodot-prod", Target: "alert:Drop 0.9 [sb-abcdef]", Operation: &actionv1.Action_CreateAlert{
				CreateAlert: &actionv1.CreateAlert{Title: "Drop 0.9 [sb-abcdef]", Configuration: configuration(map[string]any{"severity": "low"})},
			}},
			call: "create alert", effect: "create Drop 0.9 [sb-abcdef]",
			done: "created alert Drop 0.9 [sb-abcdef]", did: "created", again: "exists already",
		},
		"update_alert": {
			action: &actionv1.Action{Source: "anodot-prod", Target: "alert:a1", Operation: &actionv1.Action_UpdateAlert{
				UpdateAlert: &actionv1.UpdateAlert{AlertId: "a1", Configuration: configuration(map[string]any{
					"severity": "low", "channels": []any{"c1"}, "search": map[string]any{"type": "expression"}, "labels": nil,
				})},
			}},
			before: func(v *vendor) {
				v.paused["a1"] = false
				v.fields["a1"] = map[string]any{"severity": "high", "title": "Drop", "labels": []any{"x"}}
			},
			call: "update a1", effect: "update a1", done: "changed", did: "changed", again: "changed already",
		},
		"delete_alert": {
			action: &actionv1.Action{Source: "anodot-prod", Target: "alert:a1", Operation: &actionv1.Action_DeleteAlert{
				DeleteAlert: &actionv1.DeleteAlert{AlertId: "a1"},
			}},
			before: func(v *vendor) { v.paused["a1"] = false },
			call:   "delete a1", effect: "delete a1", done: "deleted", did: "deleted", again: "deleted already",
		},
		"update_watcher": {
			action: &actionv1.Action{Source: "anomify-prod", Target: "watcher:1", Operation: &actionv1.Action_UpdateWatcher{
				UpdateWatcher: &actionv1.UpdateWatcher{WatcherId: "1", Name: "shops", Chips: []string{"shop", "eu"}, Alert: new(true)},
			}},
			before: withWatcher(false),
			call:   "update watcher 1", effect: "update watcher 1", done: "changed", did: "changed", again: "changed already",
		},
		"delete_watcher": {
			action: &actionv1.Action{Source: "anomify-prod", Target: "watcher:1", Operation: &actionv1.Action_DeleteWatcher{
				DeleteWatcher: &actionv1.DeleteWatcher{WatcherId: "1"},
			}},
			before: withWatcher(false),
			call:   "delete watcher 1", effect: "delete watcher 1", done: "deleted", did: "deleted", again: "deleted already",
		},
		"undelete_watcher": {
			action: &actionv1.Action{Source: "anomify-prod", Target: "watcher:1", Operation: &actionv1.Action_UndeleteWatcher{
				UndeleteWatcher: &actionv1.UndeleteWatcher{WatcherId: "1"},
			}},
			before: withWatcher(true),
			call:   "undelete watcher 1", effect: "undelete watcher 1", done: "brought back", did: "brought back", again: "brought back already",
		},
		"add_exclusion": {
			action: addExclusion("", "shop."),
			call:   "add exclusion", effect: "add exclusion prefix shop.", done: "added exclusion 1", did: "added", again: "exists already",
		},
		"delete_exclusion": {
			action: &actionv1.Action{Source: "anomify-prod", Target: "exclusion:1", Operation: &actionv1.Action_DeleteExclusion{
				DeleteExclusion: &actionv1.DeleteExclusion{ExclusionId: "1"},
			}},
			before: func(v *vendor) { v.exclusions = []*anomifyv1.Exclusion{{Id: new("1")}} },
			call:   "delete exclusion", effect: "delete exclusion 1", done: "deleted", did: "deleted", again: "deleted already",
		},
		"train_anomaly": {
			action: &actionv1.Action{Source: "anomify-prod", Target: "anomaly:7", Operation: &actionv1.Action_TrainAnomaly{
				TrainAnomaly: &actionv1.TrainAnomaly{AnomalyId: "7", Label: "sale"},
			}},
			call: "train", effect: "train 7", done: "trained pattern 5", did: "trained", again: "trained already",
		},
		"disable_pattern": {
			action: &actionv1.Action{Source: "anomify-prod", Target: "pattern:3", Operation: &actionv1.Action_DisablePattern{
				DisablePattern: &actionv1.DisablePattern{PatternId: "3"},
			}},
			before: func(v *vendor) { v.patterns["3"] = true },
			call:   "disable", effect: "disable 3", done: "disabled", did: "disabled", again: "disabled already",
		},
	}
}

// as returns the action under that id.
func (o once) as(id, kind string) *actionv1.Action {
	a := proto.CloneOf(o.action)
	a.Id, a.Rule, a.Type = id, "once", kind
	return a
}

// ready returns a rig whose vendor is as the action needs it.
func (o once) ready(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	if o.before != nil {
		o.before(r.vendor)
	}
	return r
}

// ends lets the clock run for some minutes at most until the action has ended, and
// returns it.
func (p *process) ends(id string) *actionv1.Action {
	p.t.Helper()
	limit := p.rig.clock.now().Add(aWhile)
	until(p.t, id+" ends", func() bool {
		p.rig.clock.step(20*time.Millisecond, limit)
		return p.isFinal(id)
	})
	return p.stateOf(id)
}

// Whatever the first call comes to, the effect is there once, and an action that
// finds it there asks for nothing.
func TestOnce_IsDoneOnceWhateverTheVendorAnswers(t *testing.T) {
	t.Parallel()
	for kind, o := range onceActions() {
		readBack := o.did + ", as the vendor tells when read back"
		for name, f := range map[string]struct {
			faults []fault
			detail string
		}{
			"answers":      {[]fault{ok}, o.done},
			"answer lost":  {[]fault{lose(unknownOutcome())}, readBack},
			"reset":        {[]fault{lose(unavailable())}, readBack},
			"server error": {[]fault{refuse(unknownOutcome()), ok}, o.done},
			"overdue":      {[]fault{refuse(overdue()), ok}, o.done},
			"rate limited": {[]fault{refuse(rateLimited()), ok}, o.done},
		} {
			t.Run(kind+", "+name, func(t *testing.T) {
				t.Parallel()
				r := o.ready(t)
				r.vendor.script(o.call, f.faults...)
				p := r.start(t)
				p.ask(o.as("first", kind))
				a := p.ends("first")
				require.Equal(t, done, a.GetState(), a.GetDetail())
				require.Equal(t, f.detail, a.GetDetail())
				p.ask(o.as("second", kind))
				require.Equal(t, o.again, p.reaches("second", done).GetDetail())
				require.Equal(t, []string{o.effect}, r.vendor.happened())
				require.Zero(t, p.leases.Len())
			})
		}
	}
}

func TestOnce_RefusedFails(t *testing.T) {
	t.Parallel()
	for kind, o := range onceActions() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := o.ready(t)
			r.vendor.script(o.call, refuse(refused()))
			p := r.start(t)
			p.ask(o.as("a", kind))
			require.Equal(t, "vendor says REFUSED_BY_VENDOR", p.reaches("a", failed).GetDetail())
			require.Empty(t, r.vendor.happened())
		})
	}
}

// A vendor that accepts and does nothing is not asked for ever.
func TestOnce_AcceptedAndNeverShownFails(t *testing.T) {
	t.Parallel()
	for kind, o := range onceActions() {
		if strings.HasPrefix(o.done, o.did+" ") {
			continue // its answer names what was made
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := o.ready(t)
			r.vendor.script(o.call, ignore)
			p := r.start(t)
			p.ask(o.as("a", kind))
			a := p.ends("a")
			require.Equal(t, failed, a.GetState())
			require.Equal(t, "the vendor accepted it and does not show it", a.GetDetail())
			require.Equal(t, 4, r.vendor.called(o.call))
		})
	}
}

// A process that is killed at any of its writes leaves the same behind as one that
// is not: of each way in which an effect is found again, one.
func TestCrash_AtEveryWriteOfWhatIsDoneOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"create_alert", "update_alert", "delete_exclusion", "train_anomaly"} {
		o := onceActions()[kind]
		for _, applied := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, last write applied %t", kind, applied), func(t *testing.T) {
				t.Parallel()
				atEveryWrite(t, func(t *testing.T, writes int) bool {
					t.Helper()
					r := o.ready(t)
					r.vendor.script(o.call, lose(unknownOutcome()))
					story := func(ctx context.Context, p *process) bool {
						return p.submit(ctx, o.as("a", kind)) && p.isEnded(ctx, "a")
					}
					survived := r.life(t, writes, applied, story)
					require.True(t, r.life(t, 1e6, true, story))
					require.Equal(t, []string{o.effect}, r.vendor.happened())
					require.Equal(t, done, r.prepare(t, r.bus).stateOf("a").GetState())
					return survived
				})
			})
		}
	}
}

// What does not exist cannot be changed, and a list with records that nobody could
// read does not tell that it does not exist.
func TestOnce_ChangesNothingThatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"update_watcher", "delete_watcher", "undelete_watcher", "update_alert"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o := onceActions()[kind]
			o.before = nil
			r := o.ready(t)
			p := r.start(t)
			p.ask(o.as("a", kind))
			p.reaches("a", failed)
			require.Empty(t, r.vendor.happened())
		})
	}
}

func TestOnce_NeverTouchedIsNeitherChangedNorDeleted(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"update_alert", "delete_alert"} {
		t.Run(kind, func(t *testing.T) {
			o := onceActions()[kind]
			r := o.ready(t)
			r.change = neverTouched
			r.vendor.title("a1", "payments")
			p := r.start(t)
			p.ask(o.as("a", kind))
			require.Equal(t, "alert a1 is never touched, as it was read before it was touched", p.reaches("a", forbidden).GetDetail())
			require.Empty(t, r.vendor.happened())
		})
	}
}

// What is deleted need not be resumed.
func TestOnce_DeletingAnAlertEndsItsLease(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.paused(t)
	p.ask(onceActions()["delete_alert"].as("d", "delete_alert"))
	p.reaches("d", done)
	require.Equal(t, "deleted by rule once", r.leaseIs(t, "a1", ended).GetReason())
	r.clock.advance(2 * time.Hour)
	p.ask(pauseAlert("late", "a1", r.clock.in(-time.Minute)))
	p.reaches("late", expired)
	require.Equal(t, []string{"pause a1", "delete a1"}, r.vendor.happened())
}

func sendMetrics(kind string) *actionv1.Action {
	return &actionv1.Action{
		Id: "a", Rule: "tell", Source: "anodot-prod", Target: "metric:visits", Type: "send_metrics",
		Operation: &actionv1.Action_SendMetrics{SendMetrics: &actionv1.SendMetrics{
			Properties: map[string]string{"what": "visits"}, Value: 3, TargetType: kind,
			Timestamp: timestamppb.New(time.Unix(1_700_000_000, 0)),
		}},
	}
}

func mailReport(id string) *actionv1.Action {
	return &actionv1.Action{
		Id: id, Rule: "tell", Source: "reports", Target: "report:fraud", Type: "mail_report",
		Operation: &actionv1.Action_MailReport{MailReport: &actionv1.MailReport{
			Report: "fraud", Form: map[string]string{"to": "ana@example.com"},
		}},
	}
}

const unsureDetail = "it may have been done and cannot be read back; it is not done again"

// A sample of a gauge is the same sample when it is sent again; one of a counter
// would count twice, and a mail would be there twice.
func TestSent_IsRepeatedOnlyWhereItDoesNoHarm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		action         *actionv1.Action
		call, effect   string
		fault          fault
		state          actionv1.State
		detail         string
		calls, effects int
	}{
		"gauge, answers":         {sendMetrics("gauge"), "send", "send", ok, done, "sent", 1, 1},
		"gauge, answer lost":     {sendMetrics("gauge"), "send", "send", lose(unknownOutcome()), done, "sent", 2, 2},
		"counter, answers":       {sendMetrics("counter"), "send", "send", ok, done, "sent", 1, 1},
		"counter, answer lost":   {sendMetrics("counter"), "send", "send", lose(unavailable()), failed, unsureDetail + ": connection refused", 1, 1},
		"counter, rate limited":  {sendMetrics("counter"), "send", "send", refuse(rateLimited()), done, "sent", 2, 1},
		"mail, answers":          {mailReport("a"), "mail", "mail fraud to ana@example.com", ok, done, "mailed", 1, 1},
		"mail, answer lost":      {mailReport("a"), "mail", "mail fraud to ana@example.com", lose(unknownOutcome()), failed, unsureDetail + ": vendor says OUTCOME_UNKNOWN", 1, 1},
		"mail, overdue":          {mailReport("a"), "mail", "", refuse(overdue()), failed, unsureDetail + ": ", 1, 0},
		"mail, rate limited":     {mailReport("a"), "mail", "mail fraud to ana@example.com", refuse(rateLimited()), done, "mailed", 2, 1},
		"mail, refused for good": {mailReport("a"), "mail", "", refuse(refused()), failed, "vendor says REFUSED_BY_VENDOR", 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.vendor.script(c.call, c.fault, ok)
			p := r.start(t)
			p.ask(c.action)
			a := p.ends("a")
			require.Equal(t, c.state, a.GetState())
			require.Contains(t, a.GetDetail(), c.detail)
			require.Equal(t, c.calls, r.vendor.called(c.call))
			require.Equal(t, append([]string(nil), slices.Repeat([]string{c.effect}, c.effects)...), r.vendor.happened())
			for _, sample := range r.vendor.samples {
				require.EqualValues(t, 1_700_000_000, sample.GetTimestamp().GetSeconds())
				require.Equal(t, strings.ToUpper("target_type_"+c.action.GetSendMetrics().GetTargetType()), sample.GetTargetType().String())
			}
		})
	}
}

func TestSent_SampleThatTheVendorDidNotTake(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.vendor.errors = []*anodotv1.SampleError{{Code: "2005", Description: "too many", Retryable: true}, {Code: "1005", Description: "no what"}}
	p := r.start(t)
	p.ask(sendMetrics("counter"))
	require.Equal(t, "the vendor did not take the sample: no what (1005)", p.reaches("a", failed).GetDetail())
	require.Equal(t, 2, r.vendor.called("send"))
	require.Empty(t, r.vendor.samples)
}

// Killed at any of its writes, a mail is sent once at most, and where that is not
// known its record says so.
func TestCrash_AtEveryWriteOfAMail(t *testing.T) {
	t.Parallel()
	unsure := 0
	for _, applied := range []bool{false, true} {
		atEveryWrite(t, func(t *testing.T, writes int) bool {
			t.Helper()
			r := newRig(t)
			story := func(ctx context.Context, p *process) bool {
				return p.submit(ctx, mailReport("m")) && alive(ctx, t, "it ends", func() bool { return p.isFinal("m") })
			}
			survived := r.life(t, writes, applied, story)
			require.True(t, r.life(t, 1e6, true, story))
			require.LessOrEqual(t, len(r.vendor.happened()), 1)
			switch a := r.prepare(t, r.bus).stateOf("m"); a.GetState() {
			case done:
				require.Len(t, r.vendor.happened(), 1)
			default:
				require.Equal(t, unsureDetail, a.GetDetail())
				unsure++
			}
			return survived
		})
	}
	require.Positive(t, unsure, "some crash falls between the call and its record")
}
