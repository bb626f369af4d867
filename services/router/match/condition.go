package match

import (
	"slices"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
)

// Condition is what an event is asked.
type Condition struct {
	// Kinds are the kinds of event it may hold for, none meaning all, also
	// events without a payload.
	Kinds []event.Kind
	// Program is a condition compiled by [expr.Rule] or [expr.Event] for
	// expr.Bool, nil for one that always holds. It must have been compiled for
	// all of the kinds.
	Program *expr.Program
}

// condition is a Condition as matchers evaluate it.
type condition struct {
	kinds   uint8         // a bit for each kind
	rest    *expr.Program // nil: the tests are all
	program *expr.Program
}

// Numbers of kinds, bits of condition.kinds and places of Index.roots.
const (
	kindNone = iota
	kindAnomaly
	kindFeedback
	kindTraffic
	kindCount
)

func kindNumber(k event.Kind) int {
	return 1 + slices.Index(event.Kinds(), k)
}

// kindMask returns the bits of the kinds. A kind that does not exist has none.
func kindMask(kinds []event.Kind) uint8 {
	if len(kinds) == 0 {
		return 1<<kindCount - 1
	}
	var mask uint8
	for _, k := range kinds {
		if n := kindNumber(k); n > kindNone {
			mask |= 1 << n
		}
	}
	return mask
}
