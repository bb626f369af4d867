package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

// quickShare is one in how many kills --quick makes.
const quickShare = 61

// steps kills at every write and every call of each scene, and lets the vendor
// misbehave at every call.
func (h *harness) steps(ctx context.Context) (row, error) {
	r := row{part: "steps", faults: map[string]int{}}
	list := h.scenes()
	rows, faults := make([]row, len(list)), make([]error, len(list))
	pool, slow := make(chan struct{}, max(1, h.parallel)), make(chan struct{}, max(1, 2*h.parallel))
	seen := &seen{}
	var running sync.WaitGroup
	for i, s := range list {
		if h.only != "" && !strings.HasPrefix(h.only, s.name+":") || h.scene != "" && !slices.Contains(strings.Split(h.scene, ","), s.name) {
			continue
		}
		places := pool
		if s.time > stepTime { // it waits for a vendor's limit, mostly
			if places = slow; h.quick && h.scene == "" && h.only == "" {
				continue
			}
		}
		running.Go(func() { rows[i], faults[i] = h.playScene(ctx, s, i == 0, places, seen) })
	}
	running.Wait()
	for _, one := range rows {
		r.add(one)
	}
	if h.only == "" && h.scene == "" && !h.quick {
		for _, place := range seen.missing() {
			r.Missed++
			h.say("steps: no story ever came to %s", place)
		}
	}
	return r, errors.Join(errors.Join(faults...), ctx.Err())
}

// playScene plays a scene without a cut and then once for each of its cuts. The
// places in the pool bound how many cases run at once, of all scenes.
func (h *harness) playScene(ctx context.Context, s scene, hasStart bool, pool chan struct{}, seen *seen) (row, error) {
	r := row{faults: map[string]int{}}
	pool <- struct{}{}
	base := (&stepCase{h: h, scene: s}).run(ctx)
	<-pool
	if base.err != nil || !base.verdict.IsClean() {
		return r, fmt.Errorf("scene %s without a kill went wrong: %w", s.name, errors.Join(base.err, faults(base.verdict)))
	}
	seen.take(base.reached)
	list, err := h.cutsFor(s, base.reached, hasStart)
	if err != nil {
		return r, err
	}
	unreached, hasty := 0, 0
	var broken error
	h.each(ctx, s, list, pool, func(done stepResult) {
		switch {
		case done.err != nil:
			broken = errors.Join(broken, fmt.Errorf("%s: %w", done.cut, done.err))
			h.say("steps: %s at %s broke: %v", done.cut, done.kind, done.err)
		case !done.isHit:
			unreached++
		default:
			r.faults[done.cut.words()]++
		}
		h.tell(done)
		hasty += done.hasty
		r.Add(done.verdict)
		r.recoveries = append(r.recoveries, done.recoveries...)
	})
	if unreached > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%d cuts of %s were not reached: that run took fewer steps", unreached, s.name))
	}
	if hasty > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%s: %d times a router that had just started said of an active lease that it is none", s.name, hasty))
	}
	h.say("steps: %s is over", s.name)
	return r, broken
}

// cutsFor are the cuts of a scene that are to be made.
func (h *harness) cutsFor(s scene, reached steps, hasStart bool) ([]cut, error) {
	if h.only != "" {
		only, err := parseCut(h.only)
		return []cut{only}, err
	}
	if hasStart {
		reached.startWrites, reached.startCalls = 0, 0
	}
	list := cutsOf(s.name, reached)
	h.say("steps: %s: %d writes to the bus and %d calls to vendors, %d and %d of them at the start, give %d cuts",
		s.name, len(reached.writes), len(reached.calls), reached.startWrites, reached.startCalls, len(list))
	if h.quick {
		list = sample(list, quickShare, int(h.seed))
		h.say("steps: %s: --quick makes %d of them, those of --seed %d", s.name, len(list), h.seed)
	}
	return list, nil
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

// each runs the cases of a scene, some at once, and hands over the results one by
// one.
func (h *harness) each(ctx context.Context, s scene, list []cut, pool chan struct{}, done func(stepResult)) {
	results := make(chan stepResult)
	go func() {
		defer close(results)
		var running sync.WaitGroup
		defer running.Wait()
		for _, c := range list {
			select {
			case pool <- struct{}{}:
			case <-ctx.Done():
				return
			}
			running.Go(func() {
				r := (&stepCase{h: h, scene: s, cut: c}).run(ctx)
				<-pool
				results <- r
			})
		}
	}()
	for r := range results {
		done(r)
	}
}
