package analytics

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
)

// siteOf reads a site. Only the id is indispensable; a site that does not say
// that it is inactive is active.
func siteOf(record json.RawMessage) (*analyticsv1.Site, error) {
	var w wireSite
	if err := json.Unmarshal(record, &w); err != nil {
		return nil, fmt.Errorf("site is no object with an id: %w", err)
	}
	if w.ID == "" {
		return nil, errors.New("site has no id")
	}
	site := &analyticsv1.Site{
		Id:     string(w.ID),
		Name:   lenient(w.Name, ""),
		Domain: lenient(w.Domain, ""),
		Active: lenient(w.IsActive, true),
	}
	created := lenient(w.CreatedAt, time.Time{})
	if at := timestamppb.New(created); !created.IsZero() && at.IsValid() {
		site.CreatedAt = at
	}
	return site, nil
}

func pageOf(record json.RawMessage) (*analyticsv1.ActivePage, error) {
	var w wirePage
	if err := json.Unmarshal(record, &w); err != nil {
		return nil, fmt.Errorf("page cannot be read: %w", err)
	}
	if w.Path == nil || w.Visitors == nil {
		return nil, errors.New("page lacks its path or its visitors")
	}
	return &analyticsv1.ActivePage{Path: *w.Path, Visitors: float64(*w.Visitors)}, nil
}

// dayOf reads one day of a chart. Its date is compared with others as text, so
// it must be a date.
func dayOf(record json.RawMessage) (*analyticsv1.DayCount, error) {
	var w wireDay
	if err := json.Unmarshal(record, &w); err != nil {
		return nil, fmt.Errorf("day cannot be read: %w", err)
	}
	if w.Date == nil || w.Count == nil {
		return nil, errors.New("day lacks its date or its count")
	}
	if day, err := time.Parse(time.DateOnly, *w.Date); err != nil || day.Year() < 1 {
		return nil, fmt.Errorf("day has a date that is none: %q", vendorhttp.Cut(*w.Date, 40))
	}
	return &analyticsv1.DayCount{Date: *w.Date, Count: float64(*w.Count)}, nil
}

// lenient decodes what decodes and returns the fallback for the rest.
func lenient[T any](raw json.RawMessage, fallback T) T {
	var read *T
	if json.Unmarshal(raw, &read) != nil || read == nil {
		return fallback
	}
	return *read
}
