package analytics

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// returns gives figures their ids. An id is made of the native id, which holds
// a time, and of the figure: reading an unchanged figure again gives the same
// one, after a restart too. What only memory can tell is that a figure has
// come back to what it was within the time of its native id (240, 61, 240
// visitors); then it is told apart by how often it has been there. A restart
// forgets that, and such a return is then told with the next native id.
type returns map[string]*history

// history is what is remembered of one figure of one site.
type history struct {
	nativeID string
	last     string
	// times is how often each value was there, within nativeID.
	times map[string]int
}

// identify sets the event's id. It must see the figures in the order in which
// they were read.
func (r returns) identify(e *eventv1.Event) {
	value := valueOf(e.GetTraffic().GetMeasures())
	figure := e.GetNativeId()[:strings.LastIndexByte(e.GetNativeId(), '/')]
	h := r[figure]
	if h == nil || h.nativeID != e.GetNativeId() {
		h = &history{nativeID: e.GetNativeId(), times: map[string]int{}}
		r[figure] = h
	}
	if h.last != value {
		h.last = value
		h.times[value]++
	}
	revision := value
	if n := h.times[value]; n > 1 {
		revision += "#" + strconv.Itoa(n)
	}
	e.Id = event.ID(e.GetSource(), e.GetNativeId(), revision)
}

func valueOf(measures map[string]float64) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(measures)) {
		b.WriteString(name + "=" + number(measures[name]) + " ")
	}
	return b.String()
}
