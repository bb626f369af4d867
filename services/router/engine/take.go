package engine

import (
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// maxAsked is for how many actions the engine waits for their end: the latest.
const maxAsked = 100_000

// asked is an action that a person decides about, or a pause that is not taken
// for made.
type asked struct {
	rule, source, target string
	// doesEnd tells what ends a pause, doesPause what takes a lease.
	doesPause, doesEnd bool
	spends             bool
	taken              time.Time     // when a lease of it begins; zero until approved
	length             time.Duration // of its lease
	until              time.Time     // when it is too late
	number             uint64        // orders them
}

// ask notes what the actions of a decision that has fired do.
func (e *Engine) ask(j *judgement) {
	for i, a := range j.actions {
		spec := j.state.rule.Do[i].Spec
		x := &asked{
			rule: a.GetRule(), source: a.GetSource(), target: a.GetTarget(),
			doesPause: spec.IsLease(), doesEnd: resumes(spec), spends: spends(spec), length: j.state.rule.Do[i].For,
		}
		if a.GetExpiresAt() != nil {
			x.until = a.GetExpiresAt().AsTime()
		}
		if a.GetState() == actionv1.State_STATE_AWAITING_APPROVAL {
			e.remind(a.GetId(), x)
			continue
		}
		x.taken = j.when()
		e.carryOut(a.GetId(), x, j.when())
	}
}

// carryOut counts with an action that is to be done: as of at for the end of a
// lease.
func (e *Engine) carryOut(id string, x *asked, at time.Time) {
	if x.spends {
		e.budget.spend(x.source, e.clock)
	}
	switch {
	case x.doesEnd:
		e.endLease(x.source, x.target, at)
	case !x.doesPause:
	case e.leases.active[leaseKey(x.source, x.target)] == nil && e.budget.alert(x.source, x.target).GetPaused():
		e.remind(id, x) // somebody else has paused it: it is not ours until we hear that it is
	default:
		e.takeLease(x.source, x.target, x.taken, holder{rule: x.rule, action: id, until: x.until})
	}
}

// remind keeps an action until its end is heard of or it is too late.
func (e *Engine) remind(id string, x *asked) {
	if x.until.IsZero() || !x.until.After(e.clock) {
		return
	}
	e.asked.number++
	x.number = e.asked.number
	e.asked.byID[id] = x
	if len(e.asked.byID) > maxAsked+maxAsked/10 {
		e.asked.sweep(e.clock)
	}
}

// askedBook are the actions whose end the engine waits for.
type askedBook struct {
	byID   map[string]*asked
	number uint64
}

func newAsked() askedBook { return askedBook{byID: map[string]*asked{}} }

// isKept tells whether an action is waited for. One that is not may still be in
// the book: when it is swept must not be seen.
func (b *askedBook) isKept(x *asked, now time.Time) bool {
	return x.until.After(now) && x.number+maxAsked > b.number
}

// remove takes an action out and returns it, nil if it is not waited for.
func (b *askedBook) remove(id string, now time.Time) *asked {
	x := b.byID[id]
	delete(b.byID, id)
	if x == nil || !b.isKept(x, now) {
		return nil
	}
	return x
}

func (b *askedBook) sweep(now time.Time) {
	for id, x := range b.byID {
		if !b.isKept(x, now) {
			delete(b.byID, id)
		}
	}
}

// Take takes what is no event: the alerts of a source, how an action or a lease
// ended, a person's word. It advances the clock to the time at which it was
// taken and returns what was due by then; what tells no time that there is was
// taken now. A switch of rules is not taken here: [Engine.Switch] needs the rules.
func (e *Engine) Take(in *routerv1.Input) []Output {
	at := e.clock
	var out []Output
	if in.GetTakenAt().IsValid() {
		at = in.GetTakenAt().AsTime()
		out = e.Advance(at)
	}
	switch content := in.GetContent().(type) {
	case *routerv1.Input_Inventory:
		e.budget.know(content.Inventory)
	case *routerv1.Input_ActionEnded:
		e.actionEnded(content.ActionEnded)
	case *routerv1.Input_Approval:
		e.decided(content.Approval, at)
	case *routerv1.Input_LeaseEnded:
		e.endLease(content.LeaseEnded.GetSource(), content.LeaseEnded.GetTarget(), at)
	}
	return out
}

// decided takes a person's word. The time of a lease begins with it.
func (e *Engine) decided(in *routerv1.Approval, at time.Time) {
	if x := e.asked.byID[in.GetActionId()]; x == nil || !x.taken.IsZero() {
		return // nobody was asked
	}
	x := e.asked.remove(in.GetActionId(), e.clock)
	if x == nil || !in.GetApproved() {
		return
	}
	x.taken, x.until = at, at.Add(x.length)
	e.carryOut(in.GetActionId(), x, at)
}

// actionEnded corrects what was taken for made.
func (e *Engine) actionEnded(in *routerv1.ActionEnded) {
	x := e.asked.remove(in.GetActionId(), e.clock)
	switch {
	case !in.GetHasLease():
		e.leaveLease(in.GetSource(), in.GetTarget(), in.GetActionId())
	case x != nil && x.doesPause && !x.taken.IsZero():
		e.budget.resumed(x.source, x.target) // nobody else has paused it
		e.takeLease(x.source, x.target, x.taken, holder{rule: x.rule, action: in.GetActionId(), until: x.until})
	}
}
