package router

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/event"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// standBy follows the router that decides until the claim is ours; false when ctx
// ended first.
func (p *Replica) standBy(ctx context.Context, t *term) bool {
	trailing, stop := context.WithCancel(ctx)
	var trail sync.WaitGroup
	defer trail.Wait()
	defer stop()
	for isFollowing := false; ; {
		isOurs, err := p.claim.Take(ctx)
		switch {
		case ctx.Err() != nil:
			if isOurs {
				p.claim.Release(ctx)
			}
			return false
		case isOurs:
			return true
		case err != nil:
			p.opts.Health.Fail("stand by: " + brief(err))
		default:
			p.tellStandby(ctx, t, !isFollowing)
			if !isFollowing {
				isFollowing = true
				trail.Go(func() { t.router.trail(trailing) })
			}
		}
		if retry.Wait(ctx, min(lookEvery, p.opts.TakeOverAfter/12)) != nil {
			return false
		}
	}
}

// tellStandby tells whom this process stands by.
func (p *Replica) tellStandby(ctx context.Context, t *term, isFirst bool) {
	other := p.claim.Other()
	p.other.Store(other)
	active := other.GetHolder()
	if active == "" {
		active = "nobody"
	}
	if isFirst {
		p.opts.Logger.InfoContext(ctx, "another router decides, standing by",
			slog.String("active", active), slog.Uint64("epoch", other.GetEpoch()))
	}
	t.router.status.stand("standby of " + active)
	p.opts.Health.Note(t.router.status.note())
	p.opts.Health.OK()
}

// takeOver records that this process records inputs from here on, and returns the
// input's sequence, which is the epoch. The error is that ctx has ended.
func (l *loop) takeOver(ctx context.Context, by string) (epoch uint64, err error) {
	in := &routerv1.Input{Content: &routerv1.Input_TakeOver{TakeOver: &routerv1.TakeOver{By: by}}}
	err = retry.Do(ctx, l.logger, "record that this router takes over", func(ctx context.Context) error {
		stream, err := findStream(ctx, l.bus.JetStream(), bus.StreamInputs)
		if err != nil {
			return err
		}
		last := stream.CachedInfo().State.LastSeq
		epoch, err = l.bus.PublishInput(ctx, event.Hash("take-over", by, strconv.FormatUint(last, 10)), in, last)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("take over: %w", err)
	}
	return epoch, nil
}
