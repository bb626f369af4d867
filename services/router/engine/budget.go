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
	// unresumed are the alerts, by source and target, whose lease is over by the
	// engine's clock and that nobody has told to be resumed: the vendor may resume
	// them later, or never, so they count as paused until then.
	unresumed map[string]map[string]bool
}

// inventory are the alerts of a source.
type inventory struct {
	alerts map[string]*routerv1.InventoryAlert
}

func newBudget(limits *Safety) budget {
	return budget{
		limits: limits, sources: map[string]*inventory{}, asked: map[string][]time.Time{},
		unresumed: map[string]map[string]bool{},
	}
}

// know takes what was read of a source: all of its alerts, or what changed of
// them. What was read of an alert goes before what the engine took for true.
// isWhole tells that nothing is left of what was known before.
func (b *budget) know(in *routerv1.Inventory) (isWhole bool) {
	source := in.GetSource()
	known := b.sources[source]
	isWhole = known == nil || !in.GetChanges()
	if isWhole {
		known = &inventory{alerts: make(map[string]*routerv1.InventoryAlert, len(in.GetAlerts()))}
		b.sources[source] = known
		delete(b.unresumed, source)
	}
	for _, alert := range in.GetAlerts() {
		known.alerts[alert.GetId()] = proto.CloneOf(alert)
		b.isResumed(source, alertPrefix+alert.GetId())
	}
	for _, id := range in.GetGone() {
		delete(known.alerts, id)
		b.isResumed(source, alertPrefix+id)
	}
	return isWhole
}

// alert is what is known of the target of an action, nil for nothing.
func (b *budget) alert(source, target string) *routerv1.InventoryAlert {
	id, isAlert := strings.CutPrefix(target, alertPrefix)
	if known := b.sources[source]; known != nil && isAlert {
		return known.alerts[id]
	}
	return nil
}

// due notes an alert whose lease is over by the engine's clock. Where nobody
// counts how many are paused it is taken for resumed; else there are no more of
// them than may be paused.
func (b *budget) due(source, target string) {
	if b.limits == nil || b.limits.MaxPaused == (Share{}) || !strings.HasPrefix(target, alertPrefix) {
		b.resumed(source, target)
		return
	}
	if b.unresumed[source] == nil {
		b.unresumed[source] = map[string]bool{}
	}
	b.unresumed[source][target] = true
}

// isResumed forgets that the resume of the target is waited for.
func (b *budget) isResumed(source, target string) {
	if delete(b.unresumed[source], target); len(b.unresumed[source]) == 0 {
		delete(b.unresumed, source)
	}
}

// resumed notes that the target is not paused any more.
func (b *budget) resumed(source, target string) {
	b.isResumed(source, target)
	if alert := b.alert(source, target); alert.GetPaused() {
		alert.Paused = false
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
