package main

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// step is a moment at which a running counter changes.
type step struct {
	at time.Time
	// counts are the measures from then on.
	counts map[string]float64
}

// sample is what one event says of a running counter.
type sample struct {
	// stored is when the stream took the event.
	stored time.Time
	counts map[string]float64
	from   string
}

// compareCounter returns what differs between a counter and its samples: each
// must be what the counter was at some moment, not before that of the sample
// before it and not after it was stored, and its end must be among them.
func compareCounter(name string, steps []step, samples []sample) []string {
	var differences []string
	reached := 0
	for _, s := range samples {
		at, ok := find(steps, reached, s)
		if !ok {
			differences = append(differences, fmt.Sprintf("%s: %v is no sum of a beginning of the file (%s)%s",
				name, s.counts, s.from, hint(steps, reached, s)))
			continue
		}
		reached = at
	}
	if len(steps) > 0 && !hasEnd(steps, samples) {
		differences = append(differences, fmt.Sprintf("missing: %s: the end of the file, %v; there are %d events, the last of %v",
			name, steps[len(steps)-1].counts, len(samples), lastCounts(samples)))
	}
	return differences
}

// find returns the first step from `reached` on that the sample shows.
func find(steps []step, reached int, s sample) (int, bool) {
	for i := reached; i < len(steps) && !steps[i].at.After(s.stored); i++ {
		if equal(steps[i].counts, s.counts) {
			return i, true
		}
	}
	return 0, false
}

// hint says where else the sample stands on the counter, if it does.
func hint(steps []step, reached int, s sample) string {
	for i := range steps {
		if !equal(steps[i].counts, s.counts) {
			continue
		}
		if i < reached {
			return fmt.Sprintf("; it goes back to %s from %s", stamp(steps[i].at), stamp(steps[reached].at))
		}
		return fmt.Sprintf("; it was stored at %s, ahead of its time %s", stamp(s.stored), stamp(steps[i].at))
	}
	return ""
}

func hasEnd(steps []step, samples []sample) bool {
	return slices.ContainsFunc(samples, func(s sample) bool { return equal(steps[len(steps)-1].counts, s.counts) })
}

func lastCounts(samples []sample) map[string]float64 {
	if len(samples) == 0 {
		return nil
	}
	return samples[len(samples)-1].counts
}

func equal(want, got map[string]float64) bool {
	if len(want) != len(got) {
		return false
	}
	for name, n := range want {
		if g, ok := got[name]; !ok || g != n {
			return false
		}
	}
	return true
}

// unite lists, sorted, the names of all counters.
func unite(want map[string][]step, got map[string][]sample) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(want)), maps.Keys(got))
	slices.Sort(names)
	return slices.Compact(names)
}
