package router

import (
	"context"
	"sync"

	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// isRetried reports whether somebody has the action tried again, and the engine may
// not have heard of it.
func isRetried(a *actionv1.Action) bool { return a.GetRetries() > 0 && ledger.IsUnheard(a) }

// retryOf tells the engine of an action that is tried again.
func retryOf(a *actionv1.Action) *routerv1.Input {
	return &routerv1.Input{Content: &routerv1.Input_Retry{Retry: &routerv1.Retry{
		ActionId: a.GetId(), Number: a.GetRetries(), By: a.GetRetriedBy(),
		Type: a.GetType(), Source: a.GetSource(), Target: a.GetTarget(), Rule: a.GetRule(),
		EventId: a.GetEventId(), Key: a.GetKey(),
		TakenAt: timestamppb.New(action.TakenAt(a)), Until: a.GetExpiresAt(), AskedBy: askedBy(a),
	}}}
}

// again has an action done of which the engine has heard that it is tried again, or
// ends it where the engine refuses it. An older retry than the last says nothing any
// more: what it came to is in the ledger.
func (l *loop) again(ctx context.Context, in *routerv1.Retry, outputs []engine.Output) error {
	last, err := l.executor.Retries(ctx, in.GetActionId())
	if err != nil || last != in.GetNumber() {
		return err
	}
	return l.answer(ctx, in.GetActionId(), outputs)
}

// retries are the numbers of the last retries that this process has told of, by
// action. The end of what was tried before may be published after that, and says
// nothing any more. There are as many as people have asked for.
type retries struct {
	mu      sync.Mutex
	numbers map[string]int32
}

func newRetries() *retries { return &retries{numbers: map[string]int32{}} }

func (r *retries) note(a *actionv1.Action) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.numbers[a.GetId()] = max(r.numbers[a.GetId()], a.GetRetries())
}

func (r *retries) isPast(a *actionv1.Action) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return a.GetRetries() < r.numbers[a.GetId()]
}
