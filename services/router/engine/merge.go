package engine

import (
	"cmp"
	"slices"
	"time"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// place is where an output stands among those of one input.
type place struct {
	at     time.Time // on the clock
	turn   turn
	number uint64 // of the arrival or the release
	// stage orders what one event brings about.
	stage stage
	stamp time.Time // of a match that stood
	held  *arrival  // its event, nil for none
}

// stage orders what one event brings about when it is judged.
type stage uint8

const (
	stageOver stage = iota // matches were over before it
	stageEnd               // it ends matches
	stageRule              // rules judge it
)

func (p place) compare(other place) int {
	return cmp.Or(p.at.Compare(other.at), cmp.Compare(p.turn, other.turn), cmp.Compare(p.number, other.number),
		cmp.Compare(p.stage, other.stage), p.stamp.Compare(other.stamp), p.compareHeld(other))
}

func (p place) compareHeld(other place) int {
	if p.held == nil || other.held == nil {
		return 0
	}
	return p.held.compare(other.held)
}

// Merger brings what engines for the shards of a set gave at one input, an
// event, a move of the clock or a switch, into the order in which one engine for
// the whole set gives it. It does not change and is safe for concurrent use.
type Merger struct{ order map[string]int }

// NewMerger returns the merger for the shards of a set.
func NewMerger(set *rule.Set) *Merger {
	m := &Merger{order: map[string]int{}}
	for i, r := range set.Rules() {
		m.order[r.Name] = i
	}
	return m
}

// Merge returns the outputs of all shards as one engine gives them. Late events,
// which every shard tells of, are told of once. Beyond the bounds of what may
// wait or be remembered shards may decide differently from one engine: each has
// those of its own.
func (m *Merger) Merge(shards ...[]Output) []Output {
	all := slices.Concat(shards...)
	slices.SortStableFunc(all, func(a, b Output) int {
		return cmp.Or(a.place.compare(b.place), cmp.Compare(m.order[a.Decision.GetRule()], m.order[b.Decision.GetRule()]))
	})
	return slices.CompactFunc(all, func(a, b Output) bool { return a.place.turn == turnLate && a.place == b.place })
}
