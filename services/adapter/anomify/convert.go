package anomify

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// anomalyOf reads an anomaly. What events are made of is read strictly: a value
// that is no number must not become 0. The id is an int in the REST API and a text in
// the webhook. A score outside 0 to 1 is kept as it is.
func anomalyOf(record json.RawMessage) (*anomifyv1.Anomaly, error) {
	var w wireAnomaly
	if err := json.Unmarshal(record, &w); err != nil {
		return nil, fmt.Errorf("anomaly cannot be read: %w", err)
	}
	switch {
	case w.ID == "":
		return nil, errors.New("anomaly has no id")
	case w.Metric == "":
		return nil, errors.New("anomaly has no metric")
	case !w.Timestamp.isSet():
		return nil, errors.New("anomaly has no timestamp")
	}
	anomaly, err := partOf[anomifyv1.Anomaly](record)
	if err != nil {
		return nil, fmt.Errorf("anomaly %w", err)
	}
	anomaly.Id, anomaly.Metric = string(w.ID), w.Metric
	anomaly.Value, anomaly.Score = float64(w.Value), float64(w.Score)
	anomaly.Timestamp, anomaly.UntilTimestamp = w.Timestamp.timestamp(), w.UntilTimestamp.timestamp()
	anomaly.Raw = adapter.Raw(string(record))
	setOptional(&anomaly.ExpectedRangeLower, w.ExpectedRangeLower)
	setOptional(&anomaly.ExpectedRangeUpper, w.ExpectedRangeUpper)
	return anomaly, nil
}

func setOptional(field **float64, n *vendorhttp.Number) {
	if n != nil {
		v := float64(*n)
		*field = &v
	}
}

func sortAnomalies(anomalies []*anomifyv1.Anomaly) {
	slices.SortStableFunc(anomalies, func(a, b *anomifyv1.Anomaly) int {
		return cmp.Or(
			a.GetTimestamp().AsTime().Compare(b.GetTimestamp().AsTime()),
			compareIDs(a.GetId(), b.GetId()),
		)
	})
}
