package analytics

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// Where the figures that can be done without stand among those of the document.
const (
	indexBounceRate = iota + 2
	indexAvgDuration
	indexTopPages
	indexTopReferrers
	indexBrowsers
	indexCountries
)

// figures reads what can be done without of a site's statistics, and rejects
// what it cannot read.
type figures struct{ rejected []adapter.Rejection }

func (w wireStats) stats(raw string) *analyticsv1.GetSiteStatsResponse {
	var f figures
	stats := &analyticsv1.GetSiteStatsResponse{
		Visitors:        float64(*w.Visitors),
		Pageviews:       float64(*w.Pageviews),
		BounceRate:      f.number(indexBounceRate, "bounceRate", w.BounceRate),
		AverageDuration: f.number(indexAvgDuration, "avgDuration", w.AvgDuration),
		TopPages:        f.counts(indexTopPages, "topPages", w.TopPages),
		TopReferrers:    f.counts(indexTopReferrers, "topReferrers", w.TopReferrers),
		Browsers:        f.counts(indexBrowsers, "browsers", w.Browsers),
		Countries:       f.counts(indexCountries, "countries", w.Countries),
		Raw:             raw,
	}
	stats.Rejected = rejectedRecords(f.rejected)
	return stats
}

func (f *figures) reject(index int32, name string, err error, text json.RawMessage) {
	f.rejected = append(f.rejected, adapter.Reject(index,
		fmt.Errorf("%s cannot be read: %w", name, err), fmt.Sprintf("{%q:%s}", name, text)))
}

func (f *figures) number(index int32, name string, text json.RawMessage) float64 {
	if len(text) == 0 {
		return 0
	}
	var n vendorhttp.Number
	if err := json.Unmarshal(text, &n); err != nil {
		f.reject(index, name, err, text)
	}
	return float64(n)
}

func (f *figures) counts(index int32, name string, text json.RawMessage) []*analyticsv1.NamedCount {
	if len(text) == 0 {
		return nil
	}
	var records []json.RawMessage
	if err := json.Unmarshal(text, &records); err != nil {
		f.reject(index, name, errors.New("is no list"), text)
		return nil
	}
	counts, rejected := adapter.ReadEach(records, countOf)
	for _, r := range rejected {
		f.reject(index, fmt.Sprintf("%s[%d]", name, r.Index), errors.New(r.Reason), json.RawMessage(r.Raw))
	}
	return counts
}

// countOf reads an entry of a list of counts.
func countOf(record json.RawMessage) (*analyticsv1.NamedCount, error) {
	var w wireCount
	if err := json.Unmarshal(record, &w); err != nil {
		return nil, fmt.Errorf("count cannot be read: %w", err)
	}
	name := cmp.Or(w.Pathname, w.Referrer, w.Browser, w.Country, w.Name)
	count := cmp.Or(w.Views, w.Count)
	if name == nil || count == nil {
		return nil, errors.New("count lacks its name or its number")
	}
	return &analyticsv1.NamedCount{Name: *name, Count: float64(*count)}, nil
}
