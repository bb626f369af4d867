package analytics

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
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
	if created := lenient(w.CreatedAt, time.Time{}); !created.IsZero() {
		site.CreatedAt = timestamppb.New(created)
	}
	return site, nil
}

// Where the figures that can be done without stand among the four.
const (
	indexBounceRate  = 2
	indexAvgDuration = 3
)

func (w wireStats) stats(raw string) *analyticsv1.GetSiteStatsResponse {
	var rejected []adapter.Rejection
	figure := func(index int32, name string, text json.RawMessage) float64 {
		if len(text) == 0 {
			return 0
		}
		var n vendorhttp.Number
		if err := json.Unmarshal(text, &n); err != nil {
			rejected = append(rejected, adapter.Reject(index,
				fmt.Errorf("%s cannot be read: %w", name, err), fmt.Sprintf("{%q:%s}", name, text)))
		}
		return float64(n)
	}
	stats := &analyticsv1.GetSiteStatsResponse{
		Visitors:        float64(*w.Visitors),
		Pageviews:       float64(*w.Pageviews),
		BounceRate:      figure(indexBounceRate, "bounceRate", w.BounceRate),
		AverageDuration: figure(indexAvgDuration, "avgDuration", w.AvgDuration),
		Raw:             raw,
	}
	stats.Rejected = rejectedRecords(rejected)
	return stats
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

// lenient decodes what decodes and returns the fallback for the rest.
func lenient[T any](raw json.RawMessage, fallback T) T {
	var read *T
	if json.Unmarshal(raw, &read) != nil || read == nil {
		return fallback
	}
	return *read
}
