package engine

import (
	"slices"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// sights are the events of a run that a clause counts. They are good for as long
// as the run.
type sights struct {
	run state.Run
	// places are those that count, ascending, where not all do.
	places   []int
	isPicked bool
}

// allOf returns all events of the run.
func allOf(r state.Run) sights { return sights{run: r} }

func (s *sights) len() int {
	if s.isPicked {
		return len(s.places)
	}
	return s.run.Len()
}

// latest returns the last n of them, in their order.
func (s *sights) latest(n int) []state.Entry {
	skipped := max(0, s.len()-n)
	if !s.isPicked {
		return s.run.Slice(skipped, s.run.Len()).Entries()
	}
	var entries []state.Entry
	for _, at := range s.places[skipped:] {
		entries = append(entries, s.run.Entry(at))
	}
	return entries
}

// scratch is memory that is used again for each event.
type scratch struct {
	tags   map[state.Key]struct{}
	places []int
}

// latestOfEach returns the latest event of each tag, which is good until the
// next call.
func (s *scratch) latestOfEach(r state.Run) sights {
	if s.tags == nil {
		s.tags = map[state.Key]struct{}{}
	}
	clear(s.tags)
	s.places = s.places[:0]
	for i := r.Len() - 1; i >= 0; i-- {
		tag := r.Tag(i)
		if _, known := s.tags[tag]; !known {
			s.tags[tag] = struct{}{}
			s.places = append(s.places, i)
		}
	}
	slices.Reverse(s.places)
	return sights{run: r, places: s.places, isPicked: true}
}
