package main

import (
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/replay"
)

// slice is the part of the data that happens again, and how fast.
type slice struct {
	detectors, site replay.Slice
	speed           float64
	start           time.Time
}

// week is the length of both slices: the whole recording of the web site, and
// the days on which the detectors and the people had most to say.
const week = 7 * 24 * time.Hour

// newSlice begins at start and takes about as long as playTime.
func newSlice(start time.Time, playTime time.Duration) slice {
	detectors := time.Date(2015, time.March, 3, 0, 0, 0, 0, time.UTC)
	site := time.Date(2025, time.September, 27, 4, 0, 0, 0, time.UTC)
	return slice{
		detectors: replay.Slice{From: detectors, To: detectors.Add(week)},
		site:      replay.Slice{From: site, To: site.Add(week)},
		speed:     float64(week) / float64(playTime),
		start:     start,
	}
}

// clock is the replay's clock of a file.
func (s slice) clock(file replay.File) replay.Clock {
	return replay.Clock{DataStart: s.of(file).From, WallStart: s.start, Speed: s.speed}
}

func (s slice) of(file replay.File) replay.Slice {
	if replay.GroupOf(file) == replay.Detectors {
		return s.detectors
	}
	return s.site
}

func (s slice) holds(file replay.File, t time.Time) bool {
	part := s.of(file)
	return !t.Before(part.From) && t.Before(part.To)
}

// interval is a slice as the simulate command takes it.
func interval(s replay.Slice) string {
	return s.From.Format(time.RFC3339) + "/" + s.To.Format(time.RFC3339)
}
