package main

import (
	"context"
	"time"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
)

// playStop stops actions while a lease is held, which is to end in its time, and
// starts them again. What is asked for meanwhile is never done.
func playStop(ctx context.Context, b *box) error {
	if err := b.publishAll(ctx, story.Beat{Alert: "s1"}); err != nil {
		return err
	}
	isPaused := func(context.Context) bool { return b.saw("alert:s1", judge.Pause) }
	if err := b.until(ctx, "s1 to be paused", isPaused); err != nil {
		return err
	}
	err := b.say(ctx, func(ctx context.Context, router routerv1.RouterServiceClient) error {
		_, err := router.StopActions(ctx, &routerv1.StopActionsRequest{By: "ann", Reason: "looking into it"})
		return err
	})
	if err == nil {
		err = b.publishAll(ctx, story.Beat{Alert: "s2"})
	}
	if err != nil {
		return err
	}
	b.dues.List = b.dues.List[:len(b.dues.List)-1] // nothing is due of what is refused
	end := b.deadline(b.grace)
	isOver := func(context.Context) bool {
		return b.heard.refusals() > 0 && b.saw("alert:s1", judge.Resume) || time.Now().After(end)
	}
	if err := b.until(ctx, "s2 to be refused and s1 to be resumed", isOver); err != nil {
		return err
	}
	err = b.say(ctx, func(ctx context.Context, router routerv1.RouterServiceClient) error {
		_, err := router.StartActions(ctx, &routerv1.StartActionsRequest{By: "ann"})
		return err
	})
	if err != nil {
		return err
	}
	return b.publishAll(ctx, story.Beat{Alert: "s3"})
}
