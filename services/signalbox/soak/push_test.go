package soak_test

import (
	"context"
	"net/http"
	"slices"

	"github.com/signalbox-io/signalbox/services/simulator/anodot"
)

// teller returns how Anodot tells of a firing: to who polls, to who is pushed to,
// or to both.
func (w *world) teller() func(anodot.Object) {
	push := func(firing anodot.Object) { w.pushing = append(w.pushing, firing) }
	switch w.fired++; w.fired % 3 {
	case 0:
		return w.sim.Anodot.AddTrigger
	case 1:
		return push
	default:
		return func(firing anodot.Object) {
			w.sim.Anodot.AddTrigger(firing)
			push(firing)
		}
	}
}

// push pushes what is to be pushed to both webhook channels, and what was not
// taken once more the next time.
func (w *world) push(ctx context.Context) {
	var again []anodot.Object
	for _, firing := range w.pushing {
		answers, err := w.sim.Anodot.Push(ctx, firing)
		refused := slices.ContainsFunc(answers, func(p anodot.Pushed) bool { return p.Status != http.StatusOK })
		if err != nil || refused {
			w.unpushed++
			again = append(again, firing)
			continue
		}
		w.pushed++
	}
	w.pushing = again
}
