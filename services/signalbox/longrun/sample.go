package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

// sample is the process at a moment.
type sample struct {
	at                        time.Time
	memory, goroutines, files float64
	events, decisions, states float64 // since the start
}

// String is the sample as a line of progress.
func (s sample) String() string {
	return fmt.Sprintf("%.0f MB, %.0f goroutines, %.0f open files; %.0f events, %.0f decisions, %.0f states of actions",
		s.memory/1e6, s.goroutines, s.files, s.events, s.decisions, s.states)
}

// read takes a sample from what the process tells. What has not happened yet has no
// metric and counts as none.
func read(metrics process.Metrics, now time.Time) (sample, error) {
	s := sample{at: now}
	for name, field := range map[string]*float64{
		"process_resident_memory_bytes":        &s.memory,
		"go_goroutines":                        &s.goroutines,
		"process_open_fds":                     &s.files,
		"signalbox_router_events_total":        &s.events,
		"signalbox_router_decisions_total":     &s.decisions,
		"signalbox_router_action_states_total": &s.states,
	} {
		*field, _ = metrics.Sum(name)
	}
	if s.memory == 0 || s.goroutines == 0 {
		return s, errors.New("the metrics of the process are missing: it takes Linux's /proc")
	}
	return s, nil
}

// quarter is what the samples of a quarter of the time have in the middle.
func quarter(samples []sample, n int) sample {
	part := samples[len(samples)*n/4 : len(samples)*(n+1)/4]
	middle := func(of func(sample) float64) float64 {
		values := make([]float64, len(part))
		for i, s := range part {
			values[i] = of(s)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	last := part[len(part)-1]
	return sample{
		at:         last.at,
		memory:     middle(func(s sample) float64 { return s.memory }),
		goroutines: middle(func(s sample) float64 { return s.goroutines }),
		files:      middle(func(s sample) float64 { return s.files }),
		events:     last.events, decisions: last.decisions, states: last.states,
	}
}

// table writes the quarters as Markdown.
func table(samples []sample) string {
	var b strings.Builder
	b.WriteString("| quarter | memory | goroutines | open files | events | decisions | states of actions |\n")
	b.WriteString("|---|---:|---:|---:|---:|---:|---:|\n")
	if len(samples) < least {
		return b.String()
	}
	for n := range 4 {
		q := quarter(samples, n)
		fmt.Fprintf(&b, "| %d | %.0f MB | %.0f | %.0f | %.0f | %.0f | %.0f |\n",
			n+1, q.memory/1e6, q.goroutines, q.files, q.events, q.decisions, q.states)
	}
	return b.String()
}

const (
	// least is how many samples tell anything.
	least = 8
	// The streams keep ids for two hours and the engine for ninety days, which is
	// some hundred bytes an event: memory may grow by that and by no more.
	bytesPerEvent = 400
	memorySlack   = 1.10
	countSlack    = 1.10
)

// errGrows is returned for a process that needs more and more.
var errGrows = errors.New("the process grows")

// judge compares the last quarter with the second one: the first is for caches
// that fill.
func judge(samples []sample) error {
	if len(samples) < least {
		return fmt.Errorf("%d samples are too few to judge; run it for longer", len(samples))
	}
	before, after := quarter(samples, 1), quarter(samples, 3)
	var faults []error
	if most := before.memory*memorySlack + (after.events-before.events)*bytesPerEvent; after.memory > most {
		faults = append(faults, fmt.Errorf("%w: %.0f MB of memory in the last quarter, %.0f in the second", errGrows, after.memory/1e6, before.memory/1e6))
	}
	if after.goroutines > before.goroutines*countSlack+5 {
		faults = append(faults, fmt.Errorf("%w: %.0f goroutines in the last quarter, %.0f in the second", errGrows, after.goroutines, before.goroutines))
	}
	if after.files > before.files*countSlack+5 {
		faults = append(faults, fmt.Errorf("%w: %.0f open files in the last quarter, %.0f in the second", errGrows, after.files, before.files))
	}
	if after.events == before.events {
		faults = append(faults, errors.New("no event came in the second half: nothing was tried"))
	}
	return errors.Join(faults...)
}
