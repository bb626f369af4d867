package engine

import (
	"strconv"

	"github.com/signalbox-io/signalbox/pkg/event"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// retried takes that an action is tried again after its end, of which the engine
// has heard. Safety is asked as if a rule asked for it now, and what it spends is
// spent again.
func (e *Engine) retried(in *routerv1.Retry) []Output {
	spec := rule.SpecOf(in.GetType())
	switch {
	case spec == nil:
		return nil // of an older version, and nobody carries it out
	case !e.isOurs(in.GetActionId()):
		return nil // the rules here have not asked for it
	case e.leases.isHeldBy(in.GetSource(), in.GetTarget(), in.GetActionId()), e.hasHeard(retryKey(in)):
		return nil // it was heard before, and let pass
	}
	if reason := e.refusal([]wish{{spec: spec, source: in.GetSource(), target: in.GetTarget()}}); reason != "" {
		return []Output{e.retryRefused(in, reason)}
	}
	e.hearOnce(retryKey(in))
	e.carryOut(in.GetActionId(), &asked{
		rule: in.GetRule(), source: in.GetSource(), target: in.GetTarget(),
		doesPause: spec.IsLease(), doesEnd: resumes(spec), spends: spends(spec),
		taken: in.GetTakenAt().AsTime(), until: in.GetUntil().AsTime(),
	}, e.clock)
	return nil
}

// retryRefused is the decision about a retry that safety refuses. It names the
// action: it is REFUSED, whatever the ledger says.
func (e *Engine) retryRefused(in *routerv1.Retry, reason string) Output {
	id := event.Hash("decision", in.GetRule(), e.version, in.GetEventId(), "retry", in.GetActionId(),
		strconv.Itoa(int(in.GetNumber())), decisionv1.Outcome_OUTCOME_REFUSED_SAFETY.String())
	e.hearOnce(EndKey(in.GetActionId(), in.GetNumber()))
	d := aboutOf(in.GetAskedBy())
	d.Id, d.Rule, d.RuleSet, d.EventId, d.Key = id, in.GetRule(), e.version, in.GetEventId(), in.GetKey()
	return e.decidedLater(d, &decisionv1.ActionRef{Id: in.GetActionId(), Type: in.GetType(), Target: in.GetTarget()}, "at its retry: "+reason, e.clock)
}
