package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
)

// scale is how much happens in a story of chaos.
type scale struct {
	length                   time.Duration
	leases                   story.Leases
	events, pauses, watchers int
	// between is the mean time between two faults.
	between time.Duration
	// reconcile is the time between comparisons of the leases, grace what an
	// effect may take after it while vendors fail.
	reconcile, grace time.Duration
	// limits are when an account says that it is called too often.
	limits []time.Duration
}

func (h *harness) scale() scale {
	if h.quick {
		return scale{
			length: 32 * time.Second, leases: story.Leases{Short: 10 * time.Second, Long: 13 * time.Second}, events: 200, pauses: 30, watchers: 10,
			between: 4 * time.Second, reconcile: 2 * time.Second, grace: 9 * time.Second,
		}
	}
	return scale{
		length: h.length, leases: story.Leases{Short: 2 * time.Minute, Long: 150 * time.Second}, events: 2_000, pauses: 300, watchers: 100,
		between: 6 * time.Second, reconcile: 30 * time.Second, grace: 75 * time.Second,
		limits: []time.Duration{h.length / 5, h.length * 3 / 5},
	}
}

func (s scale) alert(i int) string { return fmt.Sprintf("c%d", i) }

func (s scale) alerts() []string {
	list := make([]string, s.pauses)
	for i := range list {
		list[i] = s.alert(i)
	}
	return list
}

// script draws the story: every alert is disliked once, some twice so that two
// rules hold it; every watcher is made once, and some more for a while, with an
// exclusion each; the rest means nothing. Every lease is over at the end.
func (s scale) script(random *rand.Rand) []story.Beat {
	last := s.length - s.leases.Long - s.leases.Short/3 - s.length/20
	at := func(span time.Duration) time.Duration { return time.Duration(random.Int64N(int64(max(1, span)))) }
	var beats []story.Beat
	for i := range s.pauses {
		first := at(last)
		beats = append(beats, story.Beat{After: first, Alert: s.alert(i)})
		if random.IntN(5) == 0 {
			beats = append(beats, story.Beat{After: first + at(s.leases.Short/3), Alert: s.alert(i), IsLonger: true})
		}
	}
	for i := range s.watchers {
		beats = append(beats, story.Beat{After: at(last), Metric: fmt.Sprintf("w%d", i), IsHigh: true})
	}
	for i := range s.watchers / 5 {
		beats = append(beats, story.Beat{After: at(last), Metric: fmt.Sprintf("%s%d", story.Timed, i), IsHigh: true})
	}
	for i := len(beats); i < s.events; i++ {
		beats = append(beats, story.Beat{After: at(s.length), Metric: fmt.Sprintf("n%d", random.IntN(50))})
	}
	slices.SortStableFunc(beats, func(a, b story.Beat) int { return cmp.Compare(a.After, b.After) })
	return beats
}
