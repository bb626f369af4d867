package main

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// The files of the data.
const (
	dataAnomalies     = "anomalies.jsonl"
	dataArrivals      = "arrivals.jsonl"
	dataFeedback      = "feedback.jsonl"
	dataBots          = "invalid_traffic.jsonl"
	dataSiteAnomalies = "site_anomalies.jsonl"
	dataMetrics       = "metrics.csv.gz"
)

func dataFiles() []string {
	return []string{
		dataAnomalies, dataArrivals, dataFeedback, dataBots, dataSiteAnomalies, dataMetrics,
		filepath.Join("reference", "expected", "summary.json"),
	}
}

// record is a record of one of the files; each file has some of the fields.
type record struct {
	ID        string    `json:"id"`
	TS        time.Time `json:"ts"`
	Arrival   time.Time `json:"arrival"`
	Detector  string    `json:"detector"`
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

// data is what is read of the files.
type data struct {
	anomalies, arrivals, feedback, bots, siteAnomalies, rows []record
}

func readData(dir string) (data, error) {
	var d data
	for _, file := range []struct {
		name    string
		records *[]record
	}{
		{dataAnomalies, &d.anomalies},
		{dataArrivals, &d.arrivals},
		{dataFeedback, &d.feedback},
		{dataBots, &d.bots},
		{dataSiteAnomalies, &d.siteAnomalies},
	} {
		text, err := os.ReadFile(filepath.Join(dir, file.name)) //nolint:gosec // the caller's own folder
		if err != nil {
			return d, fmt.Errorf("read the data: %w", err)
		}
		if *file.records, err = decodeLines[record](text); err != nil {
			return d, fmt.Errorf("read %s: %w", file.name, err)
		}
	}
	var err error
	if d.rows, err = readRows(filepath.Join(dir, dataMetrics)); err != nil {
		return d, fmt.Errorf("read %s: %w", dataMetrics, err)
	}
	return d, nil
}

// days are those of which a metric's rows are read.
type days struct{ from, until time.Time }

// rowsOf are the days around changes of the clock, by metric.
func rowsOf() map[string]days {
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	return map[string]days{
		"realKnownCause/nyc_taxi":        {day(2014, time.October, 25), day(2014, time.October, 28)},
		"realTweets/Twitter_volume_AAPL": {day(2015, time.March, 28), day(2015, time.March, 31)},
	}
}

// readRows returns the rows of those days. Of a second row of the same instant
// the id ends with #2.
func readRows(path string) ([]record, error) {
	opened, err := os.Open(path) //nolint:gosec // the caller's own folder
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	unpacked, err := gzip.NewReader(opened)
	if err != nil {
		return nil, err
	}
	rows := csv.NewReader(unpacked)
	header, err := rows.Read()
	if err != nil {
		return nil, err
	}
	if !slices.Equal(header, []string{"metric", "ts", "value"}) {
		return nil, fmt.Errorf("its columns are %q", header)
	}
	var records []record
	wanted, seen := rowsOf(), map[string]int{}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return nil, err
		}
		part, ok := wanted[row[0]]
		if !ok || row[2] == "" {
			continue
		}
		r := record{ID: row[0] + "|" + row[1], Metric: row[0]}
		if r.TS, err = time.Parse(time.RFC3339, row[1]); err != nil {
			return nil, err
		}
		if r.Value, err = strconv.ParseFloat(row[2], 64); err != nil {
			return nil, err
		}
		if !part.isBetween(r.TS) {
			continue
		}
		if seen[r.ID]++; seen[r.ID] > 1 {
			r.ID += "#" + strconv.Itoa(seen[r.ID])
		}
		records = append(records, r)
	}
}
