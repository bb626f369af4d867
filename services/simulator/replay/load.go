package replay

import (
	"errors"
	"fmt"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator"
)

// happening is one record that waits for its time.
type happening struct {
	file File
	at   time.Time
	// apply puts the record into its vendor.
	apply func(c Clock)
}

// Replay is a loaded slice of recorded data.
type Replay struct {
	sim     *simulator.Server
	options Options

	happenings []happening
	counts     map[File]int
	starts     map[Group]time.Time
	// alerts and sites are those that the slice's records name.
	alerts, sites map[string]bool
}

// Load reads the slice that the options say. Nothing happens at the vendors
// before [Replay.Run].
func Load(sim *simulator.Server, options Options) (*Replay, error) {
	options = options.withDefaults()
	if err := options.validate(); err != nil {
		return nil, fmt.Errorf("replay recorded data: %w", err)
	}
	r := &Replay{
		sim:     sim,
		options: options,
		counts:  map[File]int{},
		starts:  map[Group]time.Time{},
		alerts:  map[string]bool{},
		sites:   map[string]bool{},
	}
	for _, file := range Files() {
		if err := r.load(file); err != nil && !errors.Is(err, errEnough) {
			return nil, fmt.Errorf("replay recorded data: %w", err)
		}
	}
	r.findStarts()
	return r, nil
}

// Count is how many records of a file happen.
func (r *Replay) Count(file File) int {
	return r.counts[file]
}

func (r *Replay) load(file File) error {
	dir := r.options.Dir
	switch file {
	case Anomalies, SiteAnomalies:
		return readLines(dir, file, func(number int, l anomalyLine) error {
			_, err := r.take(file, l.TS, func(c Clock) { r.applyAnomaly(c, AnomalyID(file, number), l) })
			return err
		})
	case Feedback:
		return readLines(dir, file, func(_ int, l feedbackLine) error {
			taken, err := r.take(file, l.TS, func(c Clock) { r.applyFeedback(c, l) })
			if taken {
				r.alerts[l.Alert] = true
			}
			return err
		})
	case InvalidTraffic:
		return readLines(dir, file, func(_ int, l invalidLine) error {
			_, err := r.take(file, l.TS, func(c Clock) { r.applyInvalid(c, l) })
			return err
		})
	case TrafficMinute:
		return readMinutes(dir, func(_ int, l minuteLine) error {
			taken, err := r.take(file, l.ts, func(c Clock) { r.applyMinute(c, l) })
			if taken {
				r.sites[l.site] = true
			}
			return err
		})
	default:
		return fmt.Errorf("there is no way to read %s", file)
	}
}

// take keeps a record, and says so, if it is within its slice and its file's
// limit.
func (r *Replay) take(file File, at time.Time, apply func(Clock)) (bool, error) {
	if !r.options.slice(file).holds(at) {
		return false, nil
	}
	if limit, ok := r.options.Limits[file]; ok && r.counts[file] >= limit {
		return false, errEnough
	}
	if len(r.happenings) >= r.options.MaxRecords {
		return false, fmt.Errorf("the slice has more than %d records, narrow it", r.options.MaxRecords)
	}
	r.counts[file]++
	r.happenings = append(r.happenings, happening{file: file, at: at, apply: apply})
	return true, nil
}

// findStarts settles where each group's clock begins.
func (r *Replay) findStarts() {
	for _, h := range r.happenings {
		group := GroupOf(h.file)
		if start, ok := r.starts[group]; !ok || h.at.Before(start) {
			r.starts[group] = h.at
		}
	}
	for group, slice := range map[Group]Slice{Detectors: r.options.Detectors, Site: r.options.Site} {
		if !slice.From.IsZero() {
			r.starts[group] = slice.From
		}
	}
}
