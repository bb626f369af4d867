package matchbench_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/match/matchbench"
)

// TestMeasure_AnswersAreRight runs every set small: a figure of an index that
// answers wrongly would be worth nothing, and Measure says so.
func TestMeasure_AnswersAreRight(t *testing.T) {
	t.Parallel()
	for _, set := range matchbench.Sets() {
		r, err := matchbench.Measure(set, 300, 1)
		require.NoError(t, err, set)
		require.Positive(t, r.Matches, set)
		require.Positive(t, r.Naive, set)
		require.InDelta(t, 600, r.Bytes, 50, set)
	}
}

// BenchmarkMatch prints the figures of 10,000 rules; the time that go test
// itself prints means nothing.
func BenchmarkMatch(b *testing.B) {
	for _, set := range matchbench.Sets() {
		b.Run(string(set), func(b *testing.B) {
			r, err := matchbench.Measure(set, 10_000, 12)
			require.NoError(b, err)
			for range b.N {
			}
			us := func(name string, ns int64) { b.ReportMetric(float64(ns)/1000, name) }
			us("us/few", r.Few.Nanoseconds())
			us("us/many", r.Many.Nanoseconds())
			us("us/fewWire", r.FewWire.Nanoseconds())
			us("us/wire", r.Wire.Nanoseconds())
			us("us/naive", r.Naive.Nanoseconds())
			us("us/unmarshal", r.Unmarshal.Nanoseconds())
			b.ReportMetric(float64(r.Many)/float64(r.Few), "flat")
			b.ReportMetric(float64(r.Wire)/float64(r.FewWire), "flatWire")
			b.ReportMetric(float64(r.Naive)/float64(r.Many), "naive/many")
			b.ReportMetric(float64(r.Wire)/float64(r.Unmarshal), "wire/unmarshal")
			b.ReportMetric(r.Matches, "matches")
			b.ReportMetric(r.Bytes, "bytes")
			b.ReportMetric(r.Allocations, "allocs")
			b.ReportMetric(r.Compile.Seconds(), "compile-s")
			b.ReportMetric(float64(r.Build.Milliseconds()), "build-ms")
			b.ReportMetric(float64(r.ProgramHeap)/1e6, "programs-MB")
			b.ReportMetric(float64(r.IndexHeap)/1e6, "index-MB")
		})
	}
}
