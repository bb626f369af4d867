package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

// quickShare is one in how many kills --quick makes.
const quickShare = 23

// steps kills at every write and every call of the story.
func (h *harness) steps(ctx context.Context) (row, error) {
	r := row{part: "steps", faults: map[string]int{}}
	base := (&stepCase{h: h}).run(ctx)
	if base.err != nil || !base.verdict.IsClean() {
		return r, fmt.Errorf("the story without a kill went wrong: %w", errors.Join(base.err, faults(base.verdict)))
	}
	list := cutsOf(len(base.writes), len(base.calls))
	h.say("steps: the story makes %d writes to the bus and %d calls to vendors, which gives %d kills", len(base.writes), len(base.calls), len(list))
	if h.quick {
		list = sample(list, quickShare, int(h.seed))
		h.say("steps: --quick makes %d of them, those of --seed %d", len(list), h.seed)
	}
	if h.only != "" {
		only, err := parseCut(h.only)
		if err != nil {
			return r, err
		}
		list = []cut{only}
	}
	unreached := 0
	var broken error
	h.each(ctx, list, func(done stepResult) {
		switch {
		case done.err != nil:
			broken = errors.Join(broken, fmt.Errorf("%s: %w", done.cut, done.err))
			h.say("steps: %s at %s broke: %v", done.cut, done.kind, done.err)
		case !done.isHit:
			unreached++
		default:
			r.faults[fmt.Sprintf("%s killed at a %s", done.cut.victim, done.cut.at)]++
		}
		h.tell(done)
		r.Add(done.verdict)
		r.recoveries = append(r.recoveries, done.recoveries...)
	})
	if unreached > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%d kills were not reached: that run took fewer steps", unreached))
	}
	return r, errors.Join(broken, ctx.Err())
}

// tell prints what is wrong with a case, and how to repeat it.
func (h *harness) tell(done stepResult) {
	for _, fault := range done.verdict.Faults {
		h.say("steps: %s at %s: %s", done.cut, done.kind, fault)
	}
	if done.err != nil || !done.verdict.IsClean() {
		h.say("steps: repeat it with: %s", h.again("--part steps --case %s --keep", done.cut))
	}
}

func faults(v judge.Verdict) error {
	var list []error
	for _, fault := range v.Faults {
		list = append(list, errors.New(fault))
	}
	return errors.Join(list...)
}

// each runs the cases, some at once, and hands over the results one by one.
func (h *harness) each(ctx context.Context, list []cut, done func(stepResult)) {
	todo, results := make(chan cut), make(chan stepResult)
	var workers sync.WaitGroup
	for range max(1, h.parallel) {
		workers.Go(func() {
			for c := range todo {
				results <- (&stepCase{h: h, cut: c}).run(ctx)
			}
		})
	}
	go func() {
		defer close(results)
		defer workers.Wait()
		defer close(todo)
		for _, c := range list {
			select {
			case todo <- c:
			case <-ctx.Done():
				return
			}
		}
	}()
	for r := range results {
		done(r)
	}
}
