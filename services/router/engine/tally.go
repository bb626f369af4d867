package engine

import (
	"strings"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// tally holds the alerts of each source that are paused, by whomever: those that
// were read so, those under a lease, and those whose lease is over and that nobody
// has told to be resumed. It follows from leases and inventories and is no state
// of its own; counting them anew for each firing would cost as much as there are
// leases.
type tally map[string]map[string]struct{}

// recount looks at one target again. It is called whenever a lease, a reading or
// the end of a resume may have changed whether it is paused.
func (e *Engine) recount(source, target string) {
	if !strings.HasPrefix(target, alertPrefix) {
		return
	}
	if !e.isPausedNow(source, target) {
		delete(e.paused[source], target)
		return
	}
	targets := e.paused[source]
	if targets == nil {
		targets = map[string]struct{}{}
		e.paused[source] = targets
	}
	targets[target] = struct{}{}
}

// know takes an inventory and looks at what it tells of again.
func (e *Engine) know(in *routerv1.Inventory) {
	if isWhole := e.budget.know(in); isWhole {
		e.recountSource(in.GetSource())
		return
	}
	for _, alert := range in.GetAlerts() {
		e.recount(in.GetSource(), alertPrefix+alert.GetId())
	}
	for _, id := range in.GetGone() {
		e.recount(in.GetSource(), alertPrefix+id)
	}
}

func (e *Engine) recountSource(source string) {
	delete(e.paused, source)
	if known := e.budget.sources[source]; known != nil {
		for id, alert := range known.alerts {
			if alert.GetPaused() {
				e.recount(source, alertPrefix+id)
			}
		}
	}
	for _, l := range e.leases.active {
		if l.source == source {
			e.recount(source, l.target)
		}
	}
	for target := range e.budget.unresumed[source] {
		e.recount(source, target)
	}
}

// recountAll is for an engine that was brought back.
func (e *Engine) recountAll() {
	sources := map[string]bool{}
	for source := range e.budget.sources {
		sources[source] = true
	}
	for source := range e.budget.unresumed {
		sources[source] = true
	}
	for _, l := range e.leases.active {
		sources[l.source] = true
	}
	for source := range sources {
		e.recountSource(source)
	}
}
