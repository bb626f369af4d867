package action

import (
	"context"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// send has an effect made that cannot be read back. What may have happened is asked
// for again where a second one does no harm, and else left to a person: the record
// says that it is not known.
func (x *Executor) send(ctx context.Context, r ledger.Record, t *turn, e *effect) (ledger.Record, error) {
	was := r.State()
	switch {
	case was == attempting && !e.repeats:
		return x.end(ctx, r, failed, unsure(r.Action))
	case x.isGivenUp(t, e.giveUp):
		return x.end(ctx, r, failed, givenUp(r.Action, e.giveUp))
	}
	r, err := x.attempt(ctx, r, t, "")
	if err != nil {
		return r, err
	}
	_, err = e.ask(ctx)
	switch outcomeOf(err) {
	case effected:
		return x.end(ctx, r, done, e.did)
	case unknown:
		return x.again(ctx, r, t, attempting, err)
	default:
		return x.settle(ctx, r, t, was, err)
	}
}

// unsure is the detail of an action that may have had its effect, with what was
// heard last.
func unsure(a *actionv1.Action) string {
	if a.GetDetail() == "" {
		return detailUnsure
	}
	return detailUnsure + ": " + a.GetDetail()
}
