package analytics

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

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
	// seen is when the figure was read last.
	seen time.Time
}

const (
	// rememberedFor is how long a figure that is not read any more is remembered:
	// names of custom events come and go, and days pass.
	rememberedFor = 48 * time.Hour
	// partialLabel marks a span that was not over when it was seen.
	partialLabel = "partial"
)

// forget drops the figures that were not read since.
func (r returns) forget(since time.Time) {
	maps.DeleteFunc(r, func(_ string, h *history) bool { return h.seen.Before(since) })
}

// identify sets the event's id. It must see the figures in the order in which
// they were read.
func (r returns) identify(e *eventv1.Event, figure string) {
	value := valueOf(e)
	h := r[figure]
	if h == nil || h.nativeID != e.GetNativeId() {
		h = &history{nativeID: e.GetNativeId(), times: map[string]int{}}
		r[figure] = h
	}
	h.seen = e.GetObservedAt().AsTime()
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

// figureOf returns what a native id that ends in a time is about.
func figureOf(nativeID string) string { return nativeID[:strings.LastIndexByte(nativeID, '/')] }

// valueOf tells one value of a figure from another. A day that is over is told
// once more, also if its count has not changed since.
func valueOf(e *eventv1.Event) string {
	var b strings.Builder
	measures := e.GetTraffic().GetMeasures()
	for _, name := range slices.Sorted(maps.Keys(measures)) {
		b.WriteString(name + "=" + number(measures[name]) + " ")
	}
	if e.GetLabels()[partialLabel] != "" {
		b.WriteString(partialLabel)
	}
	return b.String()
}
