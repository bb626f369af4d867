package main

import (
	"context"
	"fmt"
	"time"

	"github.com/signalbox-io/signalbox/services/router/match/matchbench"
)

// Rules and rounds of the matching, which is measured in this process.
const (
	matchRules  = 10_000
	matchRounds = 8
)

// Bars of the matching. All are ratios of processor time in one run.
const (
	disjointBar  = 2.0
	mixedBar     = 10.0
	skewedBar    = 5.0
	naiveBar     = 1000.0
	everyBar     = 500.0
	unmarshalBar = 1.0
	// noneBar is what counts as no allocation: the runtime itself makes a few.
	noneBar = 0.005
)

// matching holds the result of each set.
type matching map[matchbench.Set]matchbench.Result

// measureMatching measures the index of conditions, without a bus.
func (b *bench) measureMatching(ctx context.Context) ([]row, error) {
	b.say("matching of %d rules", matchRules)
	m := matching{}
	for _, set := range matchbench.Sets() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r, err := matchbench.Measure(set, matchRules, matchRounds)
		if err != nil {
			return nil, fmt.Errorf("measure the matching of %s rules: %w", set, err)
		}
		b.say("  %s: %.1f rules hold; 10 rules %s, many %s, from wire bytes %s and %s, each program by itself %s", set, r.Matches,
			microsOf(r.Few), microsOf(r.Many), microsOf(r.FewWire), microsOf(r.Wire), microsOf(r.Naive))
		m[set] = r
	}
	return m.rows(), nil
}

func (m matching) rows() []row {
	disjoint, mixed, skewed := m[matchbench.Disjoint], m[matchbench.Mixed], m[matchbench.Skewed]
	least, most := m.least(), m.mostAllocations()
	return []row{
		atMost("matching, disjoint: 10,000 rules against 10", disjoint.Many, disjoint.Few, disjointBar),
		atMost("matching, mixed: 10,000 rules against 10, wire bytes → rules", mixed.Wire, mixed.FewWire, mixedBar),
		atMost("the same from a message, decoded before", mixed.Many, mixed.Few, mixedBar),
		atLeast("matching, mixed: index against each program by itself", mixed.Many, mixed.Naive, naiveBar),
		atLeast("the same, least of every set: "+string(least.Set), least.Many, least.Naive, everyBar),
		atMost("matching, mixed: wire bytes → rules against proto.Unmarshal", mixed.Wire, mixed.Unmarshal, unmarshalBar),
		atMost("matching, 10,000 rules on one value against mixed", skewed.Many, mixed.Many, skewedBar),
		{
			what: "matching, allocations of an event", figure: fmt.Sprintf("%.2f", most), bar: "0", isMet: most < noneBar,
		},
	}
}

// least returns the set that gains the least from its index.
func (m matching) least() matchbench.Result {
	var least matchbench.Result
	for _, set := range matchbench.Sets() {
		if r := m[set]; least.Set == "" || ratio(r.Naive, r.Many) < ratio(least.Naive, least.Many) {
			least = r
		}
	}
	return least
}

func (m matching) mostAllocations() float64 {
	most := 0.0
	for _, r := range m {
		most = max(most, r.Allocations)
	}
	return most
}

// atMost is the row of what may be so many times as dear as its floor.
func atMost(what string, figure, floor time.Duration, bar float64) row {
	return row{
		what: what, floor: microsOf(floor), figure: microsOf(figure), ratio: times(figure.Seconds(), floor.Seconds()),
		bar: fmt.Sprintf("≤ %.0f ×", bar), isMet: ratio(figure, floor) <= bar,
	}
}

// atLeast is the row of what must be so many times cheaper than its floor.
func atLeast(what string, figure, floor time.Duration, bar float64) row {
	return row{
		what: what, floor: microsOf(floor), figure: microsOf(figure), ratio: fmt.Sprintf("1 / %.0f", ratio(floor, figure)),
		bar: fmt.Sprintf("≤ 1 / %.0f", bar), isMet: ratio(floor, figure) >= bar,
	}
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

func microsOf(d time.Duration) string { return fmt.Sprintf("%.2f µs", float64(d.Nanoseconds())/1e3) }
