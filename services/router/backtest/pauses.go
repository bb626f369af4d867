package backtest

import (
	"slices"
	"strings"
	"time"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/match"
)

// target is what is paused: an alert or a stream of a source.
type target struct{ source, name string }

// maxFell bounds the events that wait until every pause that covers them is
// known; beyond it the oldest is looked at early.
const maxFell = 1 << 20

// pauses knows when each target was paused, and what fell into it.
type pauses struct {
	// horizon is how long after an event a pause that covers it can be decided.
	horizon time.Duration
	targets map[target]*paused
	all     *routerv1.BacktestPauses
	// fell are events about alerts, in the order of their arrival.
	fell []fell
}

// paused are the times in which one target is paused.
type paused struct {
	all    spans
	byRule []rulePaused
}

// rulePaused are those of one rule, which counts them.
type rulePaused struct {
	counts *routerv1.BacktestPauses
	spans  spans
}

func newPauses(horizon time.Duration) *pauses {
	return &pauses{horizon: horizon, targets: map[target]*paused{}, all: &routerv1.BacktestPauses{}}
}

// pause notes that a rule pauses the target.
func (p *pauses) pause(counts *routerv1.BacktestPauses, at target, from, until time.Time) {
	x, ok := p.targets[at]
	if !ok {
		x = &paused{}
		p.targets[at] = x
		p.all.Targets++
	}
	i := slices.IndexFunc(x.byRule, func(r rulePaused) bool { return r.counts == counts })
	if i < 0 {
		i = len(x.byRule)
		x.byRule = append(x.byRule, rulePaused{counts: counts})
		counts.Targets++
	}
	p.all.Count++
	counts.Count++
	x.byRule[i].spans.add(from, until)
	x.all.add(from, until)
}

// resume ends the pauses of the target that last at that time.
func (p *pauses) resume(at target, t time.Time) {
	x, ok := p.targets[at]
	if !ok {
		return
	}
	x.all.cut(t)
	for i := range x.byRule {
		x.byRule[i].spans.cut(t)
	}
}

// fell is an event about an alert.
type fell struct {
	at      target
	t       time.Time
	arrived time.Time
	verdict eventv1.Verdict // unspecified for an anomaly
}

// fellOf returns what may fall into a pause; false for an event that cannot.
func fellOf(head match.Header) (fell, bool) {
	saysNothing := head.Kind == event.KindFeedback && head.Verdict == eventv1.Verdict_VERDICT_UNSPECIFIED
	if head.AlertID == "" || saysNothing {
		return fell{}, false
	}
	return fell{
		at: target{source: strings.Clone(head.Source), name: "alert:" + head.AlertID},
		t:  head.OccurredAt, verdict: head.Verdict,
	}, true
}

// add lets an event wait until every pause that covers it is known; one that is
// about no alert does not.
func (p *pauses) add(head match.Header, clock time.Time) {
	f, ok := fellOf(head)
	if !ok {
		return
	}
	f.arrived = clock
	p.fell = append(p.fell, f)
	if len(p.fell) > maxFell {
		p.look(p.fell[0])
		p.fell = p.fell[1:]
	}
}

// settle looks at the events whose pauses are known at that time.
func (p *pauses) settle(clock time.Time) {
	n := 0
	for n < len(p.fell) && clock.Sub(p.fell[n].arrived) > p.horizon {
		p.look(p.fell[n])
		n++
	}
	p.fell = p.fell[n:]
}

// look counts one event where it fell into a pause.
func (p *pauses) look(f fell) {
	x, ok := p.targets[f.at]
	if !ok || !x.all.covers(f.t) {
		return
	}
	f.countIn(p.all)
	for _, r := range x.byRule {
		if r.spans.covers(f.t) {
			f.countIn(r.counts)
		}
	}
}

func (f fell) countIn(counts *routerv1.BacktestPauses) {
	switch f.verdict {
	case eventv1.Verdict_VERDICT_GOOD_CATCH:
		counts.GoodCatchesHidden++
	case eventv1.Verdict_VERDICT_NOT_INTERESTING:
		counts.VotesAvoided++
	default:
		counts.AnomaliesAvoided++
	}
}

// end looks at what is left and sums up the times, up to the given one.
func (p *pauses) end(at time.Time) {
	for _, f := range p.fell {
		p.look(f)
	}
	p.fell = nil
	for _, x := range p.targets { // sums do not depend on the order
		p.all.PausedMs += x.all.milliseconds(at)
		for _, r := range x.byRule {
			r.counts.PausedMs += r.spans.milliseconds(at)
		}
	}
}
