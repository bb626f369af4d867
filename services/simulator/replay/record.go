package replay

import (
	"errors"
	"fmt"
	"time"
)

// The records are the files' lines, as the data's description names their
// fields. Fields that no vendor shows are not read.

type anomalyLine struct {
	ID     string    `json:"id"`
	Metric string    `json:"metric"`
	TS     time.Time `json:"ts"`
	Value  *float64  `json:"value"`
	Score  *float64  `json:"score"`
}

func (l anomalyLine) check() error {
	return errors.Join(
		present("id", l.ID != ""), present("metric", l.Metric != ""), present("ts", !l.TS.IsZero()),
		present("value", l.Value != nil), present("score", l.Score != nil),
	)
}

type feedbackLine struct {
	ID        string    `json:"id"`
	Alert     string    `json:"alert"`
	AnomalyID string    `json:"anomaly_id"`
	User      string    `json:"user"`
	Verdict   string    `json:"verdict"`
	TS        time.Time `json:"ts"`
}

func (l feedbackLine) check() error {
	_, startErr := l.anomalyStart()
	return errors.Join(
		present("id", l.ID != ""), present("alert", l.Alert != ""), present("user", l.User != ""),
		present("verdict", l.Verdict != ""), present("ts", !l.TS.IsZero()), startErr,
	)
}

type invalidLine struct {
	ID      string    `json:"id"`
	Site    string    `json:"site"`
	TS      time.Time `json:"ts"`
	Invalid *int      `json:"invalid"`
	Total   *int      `json:"total"`
	Share   *float64  `json:"share"`
}

func (l invalidLine) check() error {
	err := errors.Join(
		present("id", l.ID != ""), present("site", l.Site != ""), present("ts", !l.TS.IsZero()),
		present("invalid", l.Invalid != nil), present("total", l.Total != nil), present("share", l.Share != nil),
	)
	if err == nil && (*l.Invalid < 0 || *l.Invalid > *l.Total) {
		err = fmt.Errorf("invalid %d is not between 0 and total %d", *l.Invalid, *l.Total)
	}
	return err
}

type minuteLine struct {
	ts                     time.Time
	site                   string
	requests, bot, browser int
	topCountry             string
	topCountryRequests     int
}

func present(field string, isPresent bool) error {
	if isPresent {
		return nil
	}
	return fmt.Errorf("%s is missing", field)
}
