package main

import (
	"context"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
)

// playRefused has what must never be done: a suggestion that somebody rejects, one
// that nobody approves, and a pause of what is never touched.
func playRefused(ctx context.Context, b *box) error {
	err := b.publishAll(ctx, story.Beat{Alert: "p2", Asks: story.AsksFirst}, story.Beat{Alert: "x1", Asks: story.AsksBriefly},
		story.Beat{Alert: "n1", Asks: story.AsksLong})
	if err != nil {
		return err
	}
	b.dues.List = b.dues.List[:len(b.dues.List)-1] // n1 is never touched
	asked, err := b.reaches(ctx, "p2", actionv1.State_STATE_AWAITING_APPROVAL)
	if err != nil {
		return err
	}
	err = b.say(ctx, func(ctx context.Context, router routerv1.RouterServiceClient) error {
		_, err := router.RejectAction(ctx, &routerv1.RejectActionRequest{ActionId: asked.GetId(), By: "ann", Reason: "no"})
		if rpc.Reason(err) == "NOT_AWAITING_APPROVAL" {
			return nil
		}
		return err
	})
	for alert, state := range map[string]actionv1.State{
		"p2": actionv1.State_STATE_REJECTED, "x1": actionv1.State_STATE_EXPIRED, "n1": actionv1.State_STATE_REFUSED,
	} {
		if err == nil {
			_, err = b.reaches(ctx, alert, state)
		}
	}
	return err
}

// reaches waits until an action on the alert is in the state.
func (b *box) reaches(ctx context.Context, alert string, state actionv1.State) (a *actionv1.Action, err error) {
	return a, b.until(ctx, "the action on "+alert+" to be "+state.String(), func(ctx context.Context) bool {
		a = find(ctx, b.bus.Ledger(), func(a *actionv1.Action) bool { return a.GetTarget() == "alert:"+alert && a.GetState() == state })
		return a != nil
	})
}
