package story

import (
	"context"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/timeline"
)

// Options shape a story.
type Options struct {
	// Scale stretches the time between steps: 2 tells the story at half the
	// speed. 0 means 1.
	Scale float64
}

// Step is one thing that happens.
type Step struct {
	// Offset is the time since the story's start, already scaled.
	Offset time.Duration
	// Line says it in plain English, for a narrator. It is shorter than 80
	// characters.
	Line string
	// Apply makes it happen at the vendors; nil for what was there before the
	// story began.
	Apply func(context.Context)
}

// Story is a list of steps on one simulator.
type Story struct {
	// Steps are in the order of their offsets.
	Steps []Step

	sim *simulator.Server
}

// New prepares the story: the world as it is before anything happens, in which
// the bots click already. The rest happens in [Story.Run].
func New(sim *simulator.Server, options Options) *Story {
	scale := options.Scale
	if scale <= 0 {
		scale = 1
	}
	s := &Story{sim: sim}
	s.morning()
	for _, step := range s.script() {
		step.Offset = time.Duration(float64(step.Offset) * scale)
		s.Steps = append(s.Steps, step)
	}
	return s
}

// Run tells the story from this moment on, each step at its offset, and
// returns after the last one or with the context's error. It calls onStep,
// which may be nil, right after each step has happened. A story is run once.
func (s *Story) Run(ctx context.Context, onStep func(Step)) error {
	start := s.sim.Now()
	at := func(i int) time.Time { return start.Add(s.Steps[i].Offset) }
	return timeline.Play(ctx, s.sim.Now, len(s.Steps), at, func(i int) {
		if apply := s.Steps[i].Apply; apply != nil {
			apply(ctx)
		}
		if onStep != nil {
			onStep(s.Steps[i])
		}
	})
}
