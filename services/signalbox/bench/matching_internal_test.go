package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/match/matchbench"
)

func TestMatching_JudgesEachBar(t *testing.T) {
	t.Parallel()
	m := matching{}
	for _, set := range matchbench.Sets() {
		m[set] = matchbench.Result{
			Set: set, Few: 300, Many: 3000, FewWire: 1000, Wire: 4000, Unmarshal: 6000, Naive: 4 * time.Millisecond, Allocations: 0.001,
		}
	}
	skewed := m[matchbench.Strings]
	skewed.Naive, skewed.Allocations = time.Millisecond, 2
	m[matchbench.Strings] = skewed
	text := table(m.rows())
	require.Contains(t, text, "| matching, disjoint: 10,000 rules against 10 | 0.30 µs | 3.00 µs | 10.0 × | ≤ 2 × | MISS |")
	require.Contains(t, text, "| matching, mixed: 10,000 rules against 10, wire bytes → rules | 1.00 µs | 4.00 µs | 4.0 × | ≤ 10 × | ok |")
	require.Contains(t, text, "| the same from a message, decoded before | 0.30 µs | 3.00 µs | 10.0 × | ≤ 10 × | ok |")
	require.Contains(t, text, "| matching, mixed: index against each program by itself | 4000.00 µs | 3.00 µs | 1 / 1333 | ≤ 1 / 1000 | ok |")
	require.Contains(t, text, "| the same, least of every set: strings | 1000.00 µs | 3.00 µs | 1 / 333 | ≤ 1 / 500 | MISS |")
	require.Contains(t, text, "| matching, mixed: wire bytes → rules against proto.Unmarshal | 6.00 µs | 4.00 µs | 0.7 × | ≤ 1 × | ok |")
	require.Contains(t, text, "| matching, 10,000 rules on one value against mixed | 3.00 µs | 3.00 µs | 1.0 × | ≤ 5 × | ok |")
	require.Contains(t, text, "| matching, allocations of an event | – | 2.00 | – | 0 | MISS |")
}
