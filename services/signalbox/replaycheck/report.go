package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/signalbox-io/signalbox/services/simulator/replay"
)

var errDiffers = errors.New("what reached the stream differs from the files")

// maxShown is how many differences are printed.
const maxShown = 20

func (c check) introduce(want expected, part slice) {
	c.say("a week of real data in %s, %.0f times as fast as it was", c.playTime, part.speed)
	for _, file := range replay.Files() {
		c.say("  %-22s %6d records from %s", file, want.counts[file], part.of(file).From.Format("2006-01-02 15:04"))
	}
}

func (c check) report(want expected, got seen, differences []string) error {
	if len(differences) > 0 {
		for _, difference := range differences[:min(maxShown, len(differences))] {
			c.say("  DIFFERS  %s", difference)
		}
		return fmt.Errorf("%w: %d differences in %d events", errDiffers, len(differences), got.events)
	}
	found := map[string]int{}
	for _, f := range got.facts {
		found[f.source]++
	}
	for _, source := range slices.Sorted(maps.Keys(found)) {
		c.say("  ok  %-14s %5d records are %d events, each once, every field equal", source, found[source], found[source])
	}
	for _, name := range slices.Sorted(maps.Keys(got.counters)) {
		c.say("  ok  %s: %d samples of %d steps, up to the last", name, len(got.counters[name]), len(want.counters[name]))
	}
	c.say("  ok  no id twice, no dead letter, no vendor's limit exceeded; %d events, %d decisions", got.events, got.decisions)
	return nil
}
