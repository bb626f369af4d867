package replay

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// File is the name of a file that is replayed.
type File string

// The files of a folder.
const (
	Anomalies      File = "anomalies.jsonl"
	SiteAnomalies  File = "site_anomalies.jsonl"
	Feedback       File = "feedback.jsonl"
	InvalidTraffic File = "invalid_traffic.jsonl"
	TrafficMinute  File = "traffic_minute.csv.gz"
)

// Files lists the files, in the order in which records of one instant happen.
func Files() []File {
	return []File{Anomalies, SiteAnomalies, Feedback, InvalidTraffic, TrafficMinute}
}

// Group is a set of files that were recorded in the same years.
type Group int

// The groups.
const (
	// Detectors are [Anomalies] and [Feedback].
	Detectors Group = iota
	// Site is [SiteAnomalies], [InvalidTraffic] and [TrafficMinute].
	Site
)

// GroupOf tells the group of a file.
func GroupOf(file File) Group {
	if file == Anomalies || file == Feedback {
		return Detectors
	}
	return Site
}

// defaultMaxRecords is far above the files' size and far below a process's.
const defaultMaxRecords = 1_000_000

// Slice is the part of a group's files that happens again.
type Slice struct {
	// From is the first data time, and the clock's start; zero means that of
	// the group's earliest record.
	From time.Time
	// To is the first data time that is left out; zero means none.
	To time.Time
}

// Options shape a replay.
type Options struct {
	// Dir is the folder. Required.
	Dir string
	// Speed is how many seconds of data pass in one second; 0 means 1.
	Speed float64
	// WallStart is when the slices begin; zero means when the replay is run.
	WallStart time.Time
	// Detectors and Site are the slices of the two groups.
	Detectors, Site Slice
	// Limits is how many records of a file happen at most, counted from its
	// slice's start; a file without a limit happens whole. 0 leaves it out.
	Limits map[File]int
	// MaxRecords bounds what is held in memory; 0 means 1,000,000. A larger
	// slice is an error.
	MaxRecords int
}

func (o Options) withDefaults() Options {
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.MaxRecords == 0 {
		o.MaxRecords = defaultMaxRecords
	}
	return o
}

func (o Options) validate() error {
	var errs []error
	if o.Dir == "" {
		errs = append(errs, errors.New("the folder is missing"))
	}
	if math.IsNaN(o.Speed) || math.IsInf(o.Speed, 0) || o.Speed <= 0 {
		errs = append(errs, fmt.Errorf("speed %v must be a positive number", o.Speed))
	}
	for _, slice := range []Slice{o.Detectors, o.Site} {
		if !slice.To.IsZero() && !slice.From.Before(slice.To) {
			errs = append(errs, fmt.Errorf("the slice from %s to %s is empty",
				slice.From.Format(time.RFC3339), slice.To.Format(time.RFC3339)))
		}
	}
	if o.MaxRecords < 0 {
		errs = append(errs, fmt.Errorf("max records %d is negative", o.MaxRecords))
	}
	return errors.Join(errs...)
}

func (o Options) slice(file File) Slice {
	if GroupOf(file) == Detectors {
		return o.Detectors
	}
	return o.Site
}

func (s Slice) holds(t time.Time) bool {
	return !t.Before(s.From) && (s.To.IsZero() || t.Before(s.To))
}
