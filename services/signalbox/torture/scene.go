package main

import (
	"context"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
)

const (
	stepReconcile = time.Second
	// stepTime bounds one case.
	stepTime = 3 * time.Minute
	// longHold is how much longer a lease is that is ended before its time.
	longHold = 14 * time.Second
)

// scene is a small story that is played once for each of its kills.
type scene struct {
	name string
	setup
	// grace is what an effect may take: one comparison of the leases, and what a busy
	// machine takes. time bounds one case.
	grace, time time.Duration
	// play lets the story happen, and notes what is due.
	play func(context.Context, *box) error
}

// scenes are the stories of part steps. The first has the start of the processes
// among its kills; that is the same for all.
func (h *harness) scenes() []scene {
	short := story.Leases{Short: h.lease, Long: h.lease + time.Second}
	hold := story.Leases{Short: h.lease, Long: h.lease + longHold}
	return []scene{
		{"leases", setup{leases: short, alerts: []string{"a1"}, foreign: []string{"a2"}, reconcile: stepReconcile}, h.grace, stepTime, playLeases},
		{"words", setup{leases: hold, alerts: []string{"p1", "r1", "h1"}, reconcile: stepReconcile}, h.grace, stepTime, playWords},
		{"stop", setup{leases: short, alerts: []string{"s1", "s2", "s3"}, reconcile: stepReconcile}, h.grace, stepTime, playStop},
		{"timed", setup{leases: short, reconcile: 2 * time.Second}, h.grace + time.Second, stepTime, playTimed},
		{"refused", setup{leases: short, alerts: []string{"p2", "x1"}, never: []string{"n1"}, reconcile: stepReconcile}, h.grace, stepTime, playRefused},
		{
			"once",
			setup{leases: short, alerts: []string{story.Changed, story.Deleted}, hasOthers: true, reconcile: stepReconcile},
			h.grace, stepTime, playOnce,
		},
		// A data stream may be changed once a minute, and read ten times.
		{
			"stream",
			setup{leases: story.Leases{Short: 90 * time.Second, Long: 90 * time.Second}, streams: []string{"d1"}, reconcile: 20 * time.Second},
			75 * time.Second, 6 * time.Minute, playStream,
		},
	}
}

// playLeases has a lease with two holders, an alert that somebody else has
// paused, a watcher and a notification.
func playLeases(ctx context.Context, b *box) error {
	return b.publishAll(ctx, story.Beat{Alert: "a1"}, story.Beat{Alert: "a1", IsLonger: true},
		story.Beat{Metric: "m1", IsHigh: true}, story.Beat{Alert: "a2"})
}

// playTimed has a watcher and an exclusion that are made for a while.
func playTimed(ctx context.Context, b *box) error {
	return b.publishAll(ctx, story.Beat{Metric: story.Timed + "1", IsHigh: true})
}

// playOnce has what no lease ends.
func playOnce(ctx context.Context, b *box) error {
	if err := b.publishAll(ctx, story.Beat{Metric: story.Watched, IsHigh: true}); err != nil {
		return err
	}
	isMade := func(context.Context) bool { return b.saw("watcher:bots on "+story.Watched, judge.Create) }
	if err := b.until(ctx, "the watcher", isMade); err != nil {
		return err
	}
	return b.publishAll(ctx, story.Beat{Metric: story.Once + "1", IsHigh: true})
}

func playStream(ctx context.Context, b *box) error {
	return b.publishAll(ctx, story.Beat{Alert: "d1", Asks: story.AsksStream})
}

func (b *box) publishAll(ctx context.Context, beats ...story.Beat) error {
	for _, what := range beats {
		b.published++
		if err := b.publish(ctx, b.published, what); err != nil {
			return err
		}
	}
	return nil
}

// stream is a data stream that runs.
func stream(id string) anodot.Object {
	return anodot.Object{"id": id, "name": "stream " + id, "type": "s3", "paused": false, "state": "running", "status": "ok"}
}
