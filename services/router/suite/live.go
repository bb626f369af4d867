package suite

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// errUnsteady marks what must never happen, whatever the rules say.
var errUnsteady = errors.New("the engine is not deterministic")

// What becomes of a lease.
const (
	leaseTaken      = "TAKEN"
	leaseResumed    = "RESUMED"
	leaseOverridden = "OVERRIDDEN"
)

// lease is a target that rules keep paused.
type lease struct {
	source, target, rule string
	until                time.Time
}

// asked follows an action that a decision asks for.
func (m *machine) asked(a *actionv1.Action) {
	a = proto.CloneOf(a) // its state goes on here
	m.all = append(m.all, a)
	if a.GetState() == actionv1.State_STATE_AWAITING_APPROVAL {
		m.waiting = append(m.waiting, a)
		m.add(actionRecord(a, a.GetExpiresAt().AsTime(), "waits for approval", ""))
		return
	}
	var until time.Time
	if a.GetExpiresAt() != nil {
		until = a.GetExpiresAt().AsTime()
	}
	m.add(actionRecord(a, until, "", ""))
	m.done(a, a.GetCreatedAt().AsTime(), until)
}

// done notes the effect of an action, which begins at a time and ends at until,
// zero for none.
func (m *machine) done(a *actionv1.Action, from, until time.Time) {
	if a.GetPublish() != nil {
		m.add(notificationRecord(a))
	}
	key := a.GetSource() + " " + a.GetTarget()
	l, held := m.leases[key]
	if (a.GetResumeAlert() != nil || a.GetResumeStream() != nil) && held {
		m.drop(key)
		m.add(leaseRecord(l, leaseResumed, from))
	}
	spec := rule.SpecOf(a.GetType())
	if spec == nil || !spec.IsLease() || !until.After(from) || m.foreign[key] && !held {
		return // what others have paused is left to them
	}
	if !until.Before(l.until) {
		l = lease{source: a.GetSource(), target: a.GetTarget(), rule: a.GetRule(), until: until}
	}
	m.leases[key] = l
	m.add(leaseRecord(l, leaseTaken, from))
}

// drop forgets a lease: the target is not paused any more.
func (m *machine) drop(key string) {
	delete(m.leases, key)
	delete(m.foreign, key)
}

// decide is a person's word on actions that wait for it.
func (m *machine) decide(st *step) error {
	chosen := m.awaiting(st.subject)
	if len(chosen) == 0 {
		return fmt.Errorf("%s: no action of it waits for approval then", st.name)
	}
	for _, a := range chosen {
		m.waiting = slices.DeleteFunc(m.waiting, func(other *actionv1.Action) bool { return other == a })
		approved := st.kind == stepApprove
		out := m.input(&routerv1.Input{Content: &routerv1.Input_Approval{Approval: &routerv1.Approval{
			ActionId: a.GetId(), Approved: approved, By: st.by,
		}}})
		if reason := refusalOf(a, out); reason != "" {
			a.State = actionv1.State_STATE_REFUSED
			m.add(actionRecord(a, time.Time{}, reason, st.by))
			continue
		}
		m.answered(a, approved, st.by)
	}
	return nil
}

// refusalOf is why safety refused the approval of the action, nothing if it did
// not.
func refusalOf(a *actionv1.Action, out []engine.Output) string {
	for _, o := range out {
		for _, ref := range o.Decision.GetActions() {
			if ref.GetId() == a.GetId() && o.Decision.GetOutcome() == decisionv1.Outcome_OUTCOME_REFUSED_SAFETY {
				return o.Decision.GetDetail()
			}
		}
	}
	return ""
}

// answered notes what a person said about an action.
func (m *machine) answered(a *actionv1.Action, approved bool, by string) {
	if !approved {
		a.State = actionv1.State_STATE_REJECTED
		m.add(actionRecord(a, time.Time{}, "rejected by "+by, by))
		return
	}
	a.State = actionv1.State_STATE_PENDING
	var until time.Time
	if length := forOf(a); length > 0 {
		until = m.now.Add(length)
	}
	m.add(actionRecord(a, until, "approved by "+by, by))
	m.done(a, m.now, until)
}

// forOf is how long the effect of an action stays, 0 where no end is set.
func forOf(a *actionv1.Action) time.Duration {
	return cmp.Or(
		a.GetPauseAlert().GetFor().AsDuration(), a.GetPauseStream().GetFor().AsDuration(),
		a.GetCreateWatcher().GetFor().AsDuration(), a.GetAddExclusion().GetFor().AsDuration(),
	)
}

// expire gives up the actions that nobody decided about by that time.
func (m *machine) expire(by time.Time) {
	for {
		at := slices.IndexFunc(m.waiting, func(a *actionv1.Action) bool { return !a.GetExpiresAt().AsTime().After(by) })
		if at < 0 {
			return
		}
		a := m.waiting[at]
		m.waiting = slices.Delete(m.waiting, at, at+1)
		a.State = actionv1.State_STATE_EXPIRED
		m.add(actionRecord(a, a.GetExpiresAt().AsTime(), "expired, nobody had decided", ""))
		m.input(endedInput(a, actionv1.State_STATE_EXPIRED))
	}
}

func endedInput(a *actionv1.Action, state actionv1.State) *routerv1.Input {
	return &routerv1.Input{Content: &routerv1.Input_ActionEnded{ActionEnded: &routerv1.ActionEnded{
		ActionId: a.GetId(), Source: a.GetSource(), Target: a.GetTarget(), State: state,
		HasLease: state == actionv1.State_STATE_DONE && (a.GetPauseAlert() != nil || a.GetPauseStream() != nil),
	}}}
}

// input has the engine take what is no event, and returns what it gave.
func (m *machine) input(in *routerv1.Input) []engine.Output {
	in.AfterSequence = m.sequence
	if !m.now.IsZero() {
		in.TakenAt = timestamppb.New(m.now)
	}
	out := m.engine.Take(in)
	m.take(out)
	return out
}
