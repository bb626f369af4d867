package engine

import (
	"strconv"
	"time"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// notDone decides about an action that was asked for and came to nothing: whoever
// carries actions out learns things that are not known when they are asked for. Of
// each end there is one decision, however often it is told, and none where the
// decision is that safety has refused a person's word. at is when it was heard.
func (e *Engine) notDone(in *routerv1.ActionEnded, at time.Time) []Output {
	outcome, clause, prefix := decisionv1.Outcome_OUTCOME_REFUSED_SAFETY, "safety", ""
	switch {
	case in.GetAskedBy().GetRule() == "":
		return nil // of an older version, or what ends a lease
	case in.GetState() == actionv1.State_STATE_REFUSED:
	case in.GetState() == actionv1.State_STATE_FAILED:
		outcome, clause = decisionv1.Outcome_OUTCOME_ERROR, "do"
		prefix = in.GetType() + " " + clipped(in.GetTarget(), maxShownKey) + " has failed: "
	default:
		return nil
	}
	if !e.isOurs(in.GetActionId()) || !e.hearOnce(EndKey(in.GetActionId(), in.GetRetries())) {
		return nil
	}
	d := aboutOf(in.GetAskedBy())
	d.Id = event.Hash("decision", d.GetRule(), "end", in.GetActionId(), strconv.Itoa(int(in.GetRetries())), outcome.String())
	o := e.decidedLater(d, &decisionv1.ActionRef{Id: in.GetActionId(), Type: in.GetType(), Target: in.GetTarget()}, prefix+in.GetDetail(), at)
	d.Outcome, d.Clause = outcome, clause
	return []Output{o}
}

// drifted decides about a difference between a lease and what the vendor shows. Of
// each kind there is one decision for a lease.
func (e *Engine) drifted(in *routerv1.Drift, at time.Time) []Output {
	thing := in.GetLeaseId()
	if thing == "" {
		thing = in.GetActionId()
	}
	if in.GetAskedBy().GetRule() == "" || !e.isOurs(in.GetActionId()) || !e.hearOnce("drift/"+thing+"/"+in.GetKind()) {
		return nil
	}
	d := aboutOf(in.GetAskedBy())
	d.Id = event.Hash("decision", d.GetRule(), "drift", thing, in.GetKind())
	o := e.decidedLater(d, &decisionv1.ActionRef{Id: in.GetActionId(), Type: in.GetType(), Target: in.GetTarget()},
		in.GetKind()+": "+in.GetDetail(), at)
	d.Outcome, d.Clause = decisionv1.Outcome_OUTCOME_DRIFT, "lease"
	return []Output{o}
}

// EndKey names one end of an action, which may be tried again after it.
func EndKey(actionID string, retries int32) string {
	return actionID + "/" + strconv.Itoa(int(retries))
}

// retryKey names one retry of an action.
func retryKey(in *routerv1.Retry) string {
	return in.GetActionId() + "/retry/" + strconv.Itoa(int(in.GetNumber()))
}

// hearOnce reports whether it is told for the first time in as long as words are
// kept in mind.
func (e *Engine) hearOnce(key string) bool {
	if e.hasHeard(key) {
		return false
	}
	e.remind(key, &asked{until: capped(e.clock.Add(wordTime))})
	return true
}

func (e *Engine) hasHeard(key string) bool {
	x := e.asked.byID[key]
	return x != nil && e.asked.isKept(x, e.clock)
}

// isOurs reports whether what is told of an action is about one that was asked for
// here. Where actions are done nobody else is asked.
func (e *Engine) isOurs(id string) bool {
	if !e.settings.NoVendor {
		return true
	}
	x := e.carried.byID[id]
	return x != nil && e.carried.isKept(x, e.clock)
}

// carry keeps in mind, where nothing is done, that an action would have been.
func (e *Engine) carry(id string) {
	if e.settings.NoVendor {
		e.carried.add(id, &asked{until: capped(e.clock.Add(wordTime))}, e.clock)
	}
}

// aboutOf is the beginning of a decision about what somebody asked for.
func aboutOf(by *routerv1.AskedBy) *decisionv1.Decision {
	return &decisionv1.Decision{
		Rule: by.GetRule(), RuleSet: by.GetRuleSet(), EventId: by.GetEventId(), Key: by.GetKey(),
		Source: by.GetSource(), Entity: by.GetEntity(), Sequence: by.GetSequence(),
	}
}
