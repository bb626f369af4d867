package main

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/replay"
)

// record is a line of one of the JSON files; each file has some of the fields.
type record struct {
	// Line counts from 1.
	Line int `json:"-"`

	ID        string    `json:"id"`
	TS        time.Time `json:"ts"`
	Metric    string    `json:"metric"`
	Site      string    `json:"site"`
	Value     float64   `json:"value"`
	Score     float64   `json:"score"`
	Alert     string    `json:"alert"`
	AnomalyID string    `json:"anomaly_id"`
	User      string    `json:"user"`
	Verdict   string    `json:"verdict"`
	Invalid   float64   `json:"invalid"`
	Total     float64   `json:"total"`
	Share     float64   `json:"share"`
}

// minute is a row of the traffic file.
type minute struct {
	at                time.Time
	site              string
	requests, browser float64
}

// checkFolder returns what is missing of the data, in words that help.
func checkFolder(dir string) error {
	var faults []error
	for _, file := range replay.Files() {
		if _, err := os.Stat(filepath.Join(dir, string(file))); err != nil {
			faults = append(faults, err)
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("the real data are not there: %w; give their folder with --data (make test-replay DATA=folder)",
			errors.Join(faults...))
	}
	return nil
}

// readRecords returns the slice's records of a JSON file, in the file's order.
func readRecords(dir string, file replay.File, part slice) ([]record, error) {
	opened, err := os.Open(filepath.Join(dir, string(file))) //nolint:gosec // the caller's own folder
	if err != nil {
		return nil, fmt.Errorf("read the data: %w", err)
	}
	defer func() { _ = opened.Close() }()
	var records []record
	lines := bufio.NewScanner(opened)
	for number := 1; lines.Scan(); number++ {
		r := record{Line: number}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("read %s:%d: %w", opened.Name(), number, err)
		}
		if part.holds(file, r.TS) {
			records = append(records, r)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", opened.Name(), err)
	}
	return records, nil
}

// readMinutes returns the slice's rows of the traffic file.
func readMinutes(dir string, part slice) ([]minute, error) {
	opened, err := os.Open(filepath.Join(dir, string(replay.TrafficMinute))) //nolint:gosec // the caller's own folder
	if err != nil {
		return nil, fmt.Errorf("read the data: %w", err)
	}
	defer func() { _ = opened.Close() }()
	unpacked, err := gzip.NewReader(opened)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", opened.Name(), err)
	}
	rows := csv.NewReader(unpacked)
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("read the header of %s: %w", opened.Name(), err)
	}
	var minutes []minute
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return minutes, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", opened.Name(), err)
		}
		m, err := minuteOf(header, row)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", opened.Name(), err)
		}
		if part.holds(replay.TrafficMinute, m.at) {
			minutes = append(minutes, m)
		}
	}
}

func minuteOf(header, row []string) (minute, error) {
	cell := func(name string) string {
		if i := slices.Index(header, name); i >= 0 {
			return row[i]
		}
		return ""
	}
	m := minute{site: cell("site")}
	var faults [3]error
	m.at, faults[0] = time.Parse(time.RFC3339, cell("ts"))
	m.requests, faults[1] = strconv.ParseFloat(cell("requests"), 64)
	m.browser, faults[2] = strconv.ParseFloat(cell("browser"), 64)
	return m, errors.Join(faults[:]...)
}
