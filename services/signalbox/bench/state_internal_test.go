package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// printed is what go test prints.
const printed = `goos: linux
BenchmarkState1M/cooldown-2         	       1	        93.24 B/key	       463.9 cpu-ns/event	   1000000 keys	       341.6 map-ns/event	         1.358 x-map
BenchmarkState1M/count-2            	       1	       201.8 B/key	       597.4 cpu-ns/event	   1000000 keys	       400.0 map-ns/event	         1.467 x-map
BenchmarkState1M/correlation-2      	       1	        93.62 B/key	       500.0 cpu-ns/event	   1000000 keys	       404.8 map-ns/event	         1.365 x-map
BenchmarkSnapshot1M-2   	       1	        85.08 MB	   1000000 keys	       2314 loaded-cpu-ms	       130.9 written-cpu-ms
PASS
`

func TestState_JudgesEachBar(t *testing.T) {
	t.Parallel()
	rows, err := stateRows(parseFigures(printed))
	require.NoError(t, err)
	text := table(rows)
	require.Contains(t, text, "| state of a million keys, count: an event | 400 ns | 597 ns | 1.5 × | ≤ 500 ns | MISS |")
	require.Contains(t, text, "| state of a million keys, cooldown: an event | 342 ns | 464 ns | 1.4 × | ≤ 500 ns | ok |")
	require.Contains(t, text, "| state of a million keys, correlation: an event | 405 ns | 500 ns | 1.2 × | ≤ 500 ns | ok |")
	require.Contains(t, text, "| the same, memory of a key at most | – | 202 B | – | ≤ 200 B | MISS |")
	require.Contains(t, text, "| snapshot of a million keys and ids, written | – | 130.9 ms | – | – |  |")
	require.Contains(t, text, "| the same, loaded | – | 2314.0 ms | – | < 2 s | MISS |")
	require.Contains(t, text, "| the same, its size | – | 85.1 MB | – | – |  |")
}

func TestState_MissesNoFigure(t *testing.T) {
	t.Parallel()
	f := parseFigures(printed)
	delete(f["State1M/cooldown"], "map-ns/event")
	_, err := stateRows(f)
	require.EqualError(t, err, "the benchmark State1M/cooldown prints no map-ns/event")
	f = parseFigures(printed)
	delete(f, "Snapshot1M")
	_, err = stateRows(f)
	require.EqualError(t, err, "the benchmark Snapshot1M prints no written-cpu-ms")
}
