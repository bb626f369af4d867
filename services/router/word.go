package router

import (
	"context"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// heed has an approved action done, or ends it where the engine refuses it: an
// approval has an effect only once it is recorded and safety was asked again. One
// of which the engine does not know any more was taken before. The error is that
// ctx or the executor ends; then the state must not be stored, so that the next
// process takes the approval again.
func (l *loop) heed(ctx context.Context, in *routerv1.Input, outputs []engine.Output) error {
	if l.isTrailing {
		return nil
	}
	var err error
	switch {
	case in.GetApproval().GetApproved():
		err = l.answer(ctx, in.GetApproval().GetActionId(), outputs)
	case in.GetRetry() != nil:
		err = l.again(ctx, in.GetRetry(), outputs)
	}
	if err != nil {
		l.engine = nil
	}
	return err
}

// unheard ends an action for which a person has asked, where that cannot be recorded:
// nothing may be done that a replay does not know of. It may be tried again.
func (l *loop) unheard(ctx context.Context, in *routerv1.Input, cause error) error {
	id := in.GetRetry().GetActionId()
	if in.GetApproval().GetApproved() {
		id = in.GetApproval().GetActionId()
	}
	if id == "" {
		return nil
	}
	return l.executor.Refuse(ctx, id, "that it was asked for cannot be recorded: "+brief(cause))
}

func (l *loop) answer(ctx context.Context, id string, outputs []engine.Output) error {
	for _, o := range outputs {
		if l.refuses(id, o.Decision) {
			return l.executor.Refuse(ctx, id, o.Decision.GetDetail())
		}
	}
	return l.executor.Release(ctx, id)
}

// refuses reports whether the decision ends the approved action. One that former
// processes decided otherwise, by rules or a state that are not at hand, does not.
func (l *loop) refuses(id string, d *decisionv1.Decision) bool {
	if d.GetOutcome() != decisionv1.Outcome_OUTCOME_REFUSED_SAFETY {
		return false
	}
	if l.isPast(d) {
		return false
	}
	for _, ref := range d.GetActions() {
		if ref.GetId() == id {
			return true
		}
	}
	return false
}

// showOpen tells once, when everything is decided that was on the stream, what the
// engine has not heard the end of. Before that it may not have asked for it: what is
// told of an action whose event has not been judged again says nothing to it.
func (l *loop) showOpen() {
	if l.open != nil {
		l.open <- l.engine.Open() // it has room for one
		l.open = nil
	}
}
