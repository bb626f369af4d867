package engine

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
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
	// kind is the type of a suggested action, about the decision that suggests it
	// as far as a refusal of its approval repeats it; nothing of another action.
	kind  string
	about *decisionv1.Decision
}

// wordTime is how long after its end a suggestion is kept in mind: a word that was
// said in time may be heard late, after days of downtime.
const wordTime = 7 * 24 * time.Hour

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
			x.kind = a.GetType()
			x.about = &decisionv1.Decision{
				EventId: j.event.GetId(), Key: shown(j.key), Source: j.event.GetSource(), Entity: j.event.GetEntity(), Sequence: j.sequence,
			}
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
	e.carry(id)
	if x.spends {
		e.budget.spend(x.source, e.clock)
	}
	switch {
	case x.doesEnd:
		e.endLease(x.source, x.target, at)
	case !x.doesPause:
	case e.isForeign(x.source, x.target):
		e.remind(id, x) // somebody else has paused it: it is not ours until we hear that it is
	default:
		e.takeLease(x.source, x.target, x.taken, holder{rule: x.rule, action: id, until: x.until})
	}
}

// isForeign reports whether the target looks paused by somebody else. One whose
// lease is over and that still looks paused is ours.
func (e *Engine) isForeign(source, target string) bool {
	return e.leases.active[leaseKey(source, target)] == nil && !e.budget.unresumed[source][target] &&
		e.budget.alert(source, target).GetPaused()
}

// remind keeps an action until its end is heard of or it is too late.
func (e *Engine) remind(id string, x *asked) {
	if x.until.IsZero() || !x.until.After(e.clock) {
		return
	}
	e.asked.add(id, x, e.clock)
}

// askedBook are the actions whose end the engine waits for.
type askedBook struct {
	byID   map[string]*asked
	number uint64
}

// add puts an action into the book, as the latest.
func (b *askedBook) add(id string, x *asked, now time.Time) {
	b.number++
	x.number = b.number
	b.byID[id] = x
	if len(b.byID) > maxAsked+maxAsked/10 {
		b.sweep(now)
	}
}

func newAsked() askedBook { return askedBook{byID: map[string]*asked{}} }

// isKept tells whether an action is waited for. One that is not may still be in
// the book: when it is swept must not be seen.
func (b *askedBook) isKept(x *asked, now time.Time) bool {
	until := x.until
	if x.about != nil {
		until = until.Add(wordTime)
	}
	return until.After(now) && x.number+maxAsked > b.number
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
// ended, a person's word, the stop switch, a retry, a drift. It advances the clock to the time at which it was
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
		e.know(content.Inventory)
	case *routerv1.Input_ActionEnded:
		e.actionEnded(content.ActionEnded)
		out = append(out, e.notDone(content.ActionEnded, later(at, e.clock))...)
	case *routerv1.Input_Approval:
		out = append(out, e.decided(content.Approval, at)...)
	case *routerv1.Input_LeaseEnded:
		e.leaseEnded(content.LeaseEnded, at)
	case *routerv1.Input_StopSwitch:
		e.switchStop(content.StopSwitch)
	case *routerv1.Input_Retry:
		out = append(out, e.retried(content.Retry)...)
	case *routerv1.Input_Drift:
		out = append(out, e.drifted(content.Drift, later(at, e.clock))...)
	}
	return out
}

// decided takes a person's word, which counts as of when it was said: whether it
// was in time, and for the time of a lease, which begins with it. Safety is asked
// again, for much may have been paused since it was when the action was suggested.
func (e *Engine) decided(in *routerv1.Approval, at time.Time) []Output {
	if in.GetApprovedAt().IsValid() {
		at = in.GetApprovedAt().AsTime()
	} else {
		at = later(at, e.clock)
	}
	id := in.GetActionId()
	if x := e.asked.byID[id]; x != nil && x.about == nil {
		return nil // it was heard before
	}
	x := e.asked.remove(id, e.clock)
	if x == nil {
		x = e.forgotten(in, at)
	}
	if x == nil || !in.GetApproved() || !at.Before(x.until) {
		return nil
	}
	reason := e.refusalOfWord(x)
	defer e.hear(id)
	if reason != "" {
		return []Output{e.wordRefused(id, x, at, reason)}
	}
	x.taken, x.until, x.about = at, capped(at.Add(x.length)), nil
	e.carryOut(id, x, at)
	return nil
}

// forgotten is an approved action of which the engine does not know that it was
// suggested: too many were since, or it heard of the word too late. What the word
// says of it is enough to ask safety. It is nil where nothing is said, where it holds
// its lease already, and where nothing is done at a vendor: others' suggestions count
// for nothing there.
func (e *Engine) forgotten(in *routerv1.Approval, at time.Time) *asked {
	spec := rule.SpecOf(in.GetType())
	if spec == nil || e.settings.NoVendor || e.leases.isHeldBy(in.GetSource(), in.GetTarget(), in.GetActionId()) {
		return nil
	}
	x := &asked{
		rule: in.GetRule(), source: in.GetSource(), target: in.GetTarget(), kind: in.GetType(),
		doesPause: spec.IsLease(), doesEnd: resumes(spec), spends: spends(spec), until: maxTime(),
		about: &decisionv1.Decision{EventId: in.GetEventId(), Key: in.GetKey(), Source: in.GetSource()},
	}
	if in.GetUntil().IsValid() {
		x.length = max(0, in.GetUntil().AsTime().Sub(at))
	}
	return x
}

// hear keeps in mind that a person's word was taken: told again it means nothing.
func (e *Engine) hear(id string) {
	if e.asked.byID[id] == nil {
		e.remind(id, &asked{until: capped(e.clock.Add(wordTime))})
	}
}

// isHeard tells an action about which a word was taken, and nothing else is
// expected.
func (x *asked) isHeard() bool { return x != nil && x.rule == "" && x.source == "" }

// refusalOfWord says why an action must not be asked for although it is approved,
// nothing if it may.
func (e *Engine) refusalOfWord(x *asked) string {
	spec := rule.SpecOf(x.kind)
	if spec == nil {
		return ""
	}
	return e.refusal([]wish{{spec: spec, source: x.source, target: x.target}})
}

// wordRefused is the decision about an approval that safety refuses. It names the
// action: it is REFUSED, whatever the ledger says.
func (e *Engine) wordRefused(id string, x *asked, at time.Time, reason string) Output {
	e.hearOnce(EndKey(id, 0))
	d := x.about
	d.Rule, d.RuleSet = x.rule, e.version
	d.Id = event.Hash("decision", d.GetRule(), e.version, d.GetEventId(), "approval", id,
		decisionv1.Outcome_OUTCOME_REFUSED_SAFETY.String())
	return e.decidedLater(d, &decisionv1.ActionRef{Id: id, Type: x.kind, Target: x.target}, "at its approval: "+reason, at)
}

// decidedLater completes a decision about an action that was asked for before: that
// safety refuses it, where nobody says otherwise.
func (e *Engine) decidedLater(d *decisionv1.Decision, ref *decisionv1.ActionRef, detail string, at time.Time) Output {
	if d.GetRuleSet() == "" {
		d.RuleSet = e.version
	}
	d.Outcome, d.Clause = decisionv1.Outcome_OUTCOME_REFUSED_SAFETY, "safety"
	d.Time, d.Detail, d.Actions = timestamppb.New(at), detail, []*decisionv1.ActionRef{ref}
	return Output{Decision: d, place: place{at: e.clock, turn: turnJudge}}
}

// actionEnded corrects what was taken for made.
func (e *Engine) actionEnded(in *routerv1.ActionEnded) {
	if x := e.asked.byID[in.GetActionId()]; x != nil && x.about != nil && in.GetHasLease() {
		return // it was approved, which is yet to be heard
	}
	var x *asked
	if !e.asked.byID[in.GetActionId()].isHeard() {
		x = e.asked.remove(in.GetActionId(), e.clock)
	}
	switch {
	case !in.GetHasLease():
		e.leaveLease(in.GetSource(), in.GetTarget(), in.GetActionId())
	case x != nil && x.doesPause && x.about == nil:
		e.budget.resumed(x.source, x.target) // nobody else has paused it
		e.recount(x.source, x.target)
		e.takeLease(x.source, x.target, x.taken, holder{rule: x.rule, action: in.GetActionId(), until: x.until})
	}
}
