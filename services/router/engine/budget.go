package engine

import (
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// budget is what safety goes by: the alerts of each source as they were last
// seen, and when actions were asked for.
type budget struct {
	limits  *Safety // nil: nothing is refused
	sources map[string]*inventory
	asked   map[string][]time.Time // by source, ascending, of the last hour
}

// inventory are the alerts of a source.
type inventory struct {
	alerts map[string]*routerv1.InventoryAlert
	paused int
}

func newBudget(limits *Safety) budget {
	return budget{limits: limits, sources: map[string]*inventory{}, asked: map[string][]time.Time{}}
}

// know replaces what is known of a source.
func (b *budget) know(in *routerv1.Inventory) {
	known := &inventory{alerts: make(map[string]*routerv1.InventoryAlert, len(in.GetAlerts()))}
	for _, alert := range in.GetAlerts() {
		known.alerts[alert.GetId()] = proto.CloneOf(alert)
	}
	for _, alert := range known.alerts {
		if alert.GetPaused() {
			known.paused++
		}
	}
	b.sources[in.GetSource()] = known
}

// alert is what is known of the target of an action, nil for nothing.
func (b *budget) alert(source, target string) *routerv1.InventoryAlert {
	id, isAlert := strings.CutPrefix(target, alertPrefix)
	if known := b.sources[source]; known != nil && isAlert {
		return known.alerts[id]
	}
	return nil
}

// resumed notes that the target is not paused any more.
func (b *budget) resumed(source, target string) {
	if alert := b.alert(source, target); alert.GetPaused() {
		alert.Paused = false
		b.sources[source].paused--
	}
}

// hour is how far back actions count.
const hour = time.Hour

// spend counts an action that is asked for.
func (b *budget) spend(source string, now time.Time) {
	if b.limits == nil || b.limits.MaxActionsPerHour == 0 {
		return
	}
	l := b.recent(source, now)
	if n := len(l); n > 0 && now.Before(l[n-1]) {
		now = l[n-1] // the clock went back
	}
	b.asked[source] = append(l, now)
}

// recent returns when actions on the source were asked for in the last hour, one
// exactly an hour ago excluded.
func (b *budget) recent(source string, now time.Time) []time.Time {
	l := b.asked[source]
	gone, _ := slices.BinarySearchFunc(l, now.Add(-hour), func(at, limit time.Time) int {
		if at.After(limit) {
			return 1
		}
		return -1
	})
	return l[gone:]
}

func (b *budget) sweep(now time.Time) {
	for source := range b.asked {
		if b.asked[source] = slices.Clone(b.recent(source, now)); len(b.asked[source]) == 0 {
			delete(b.asked, source)
		}
	}
}

func (b *budget) rebase(now time.Time) {
	for _, l := range b.asked {
		for i := range l {
			l[i] = earlier(l[i], now)
		}
	}
}
