package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// run returns 40 samples that change as of does.
func run(of func(i float64, s *sample)) []sample {
	samples := make([]sample, 40)
	for i := range samples {
		samples[i] = sample{memory: 100e6, goroutines: 100, files: 50, events: float64(i)}
		of(float64(i), &samples[i])
	}
	return samples
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		of   func(i float64, s *sample)
		want string
	}{
		"flat":              {func(float64, *sample) {}, ""},
		"warms up":          {func(i float64, s *sample) { s.memory += min(i, 9) * 50e6 }, ""},
		"memory leaks":      {func(i float64, s *sample) { s.memory += i * 1e6 }, "MB of memory"},
		"knows many events": {func(i float64, s *sample) { s.memory += i * 1e6; s.events = i * 3000 }, ""},
		"goroutines leak":   {func(i float64, s *sample) { s.goroutines += i }, "goroutines"},
		"files leak":        {func(i float64, s *sample) { s.files += i }, "open files"},
		"nothing happens":   {func(_ float64, s *sample) { s.events = 7 }, "no event came"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := judge(run(test.of))
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
		})
	}
	require.ErrorContains(t, judge(nil), "too few")
}

func TestRead_AddsUpOverLabels(t *testing.T) {
	t.Parallel()
	s, err := read(`# TYPE go_goroutines gauge
go_goroutines 7
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 2e+06
# TYPE signalbox_router_events_total counter
signalbox_router_events_total{kind="a"} 1
signalbox_router_events_total{kind="b"} 2
`, time.Unix(1, 0))
	require.NoError(t, err)
	require.Equal(t, sample{at: time.Unix(1, 0), memory: 2e6, goroutines: 7, events: 3}, s)
	_, err = read("", time.Now())
	require.ErrorContains(t, err, "missing")
}
