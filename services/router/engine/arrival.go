package engine

import (
	"time"

	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/state"
)

// arrival is an event at its place in the stream.
type arrival struct {
	event    *eventv1.Event // nil as long as nothing needs it whole, see [whole]
	vars     expr.Vars
	at       time.Time // when it occurred
	arrived  time.Time // on the engine's clock
	number   uint64    // orders arrivals
	sequence uint64
	// bytes and isReleased are the length of one that is held back, and whether it is
	// not any more.
	bytes      int
	isReleased bool
}

// read makes what expressions read of the event.
func (e *Engine) read(a *arrival) {
	a.vars = expr.EventVars(a.event)
	if e.readsPaused {
		a.vars = a.vars.WithPaused(func() bool { return e.leases.isPaused(a) })
	}
}

// isLate reports whether the event was observed too long after it occurred.
// One of unknown arrival, the zero time, is in time.
func (e *Engine) isLate(a *arrival, observed time.Time) bool {
	return !observed.IsZero() && observed.After(a.at.Add(e.settings.MaxLateness))
}

// arrivedAt returns the arrival at another time. An arrival is shared by the
// judgements of its event.
func (a *arrival) arrivedAt(now time.Time) *arrival {
	moved := *a
	moved.arrived = now
	return &moved
}

// isAfter orders the events of one key by (time, id).
func (a *arrival) isAfter(other *arrival) bool { return a.compare(other) > 0 }

func (a *arrival) compare(other *arrival) int { return a.entry().Compare(other.entry()) }

// entry is the event as tables hold it.
func (a *arrival) entry() state.Entry { return state.Entry{At: a.at, ID: a.event.GetId()} }
