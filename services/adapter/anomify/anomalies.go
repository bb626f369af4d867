package anomify

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// ListAnomalies returns the anomalies of a window of time, oldest first.
func (s *Server) ListAnomalies(
	ctx context.Context, req *anomifyv1.ListAnomaliesRequest,
) (*anomifyv1.ListAnomaliesResponse, error) {
	if err := checkWindow(req.GetFromTime(), req.GetUntilTime()); err != nil {
		return nil, err
	}
	query := url.Values{}
	if err := setWindow(query, req.GetFromTime(), req.GetUntilTime()); err != nil {
		return nil, err
	}
	if req.GetMetric() != "" {
		query.Set(metricParameter, req.GetMetric())
	}
	got, err := listOf(ctx, s, req.GetSource(), read("list_anomalies", "/anomalies", query), "anomalies", anomalyOf)
	if err != nil {
		return nil, err
	}
	sortAnomalies(got.records)
	return &anomifyv1.ListAnomaliesResponse{Anomalies: got.records, Rejected: got.rejected, Total: got.total}, nil
}

// GetAnomaly returns one anomaly.
func (s *Server) GetAnomaly(
	ctx context.Context, req *anomifyv1.GetAnomalyRequest,
) (*anomifyv1.GetAnomalyResponse, error) {
	if err := needID("anomaly_id", req.GetAnomalyId()); err != nil {
		return nil, err
	}
	get := read("get_anomaly", under("/anomaly", req.GetAnomalyId()), nil)
	get.Urgent = true // an action looks before it trains
	anomaly, err := s.getAnomaly(ctx, req.GetSource(), get)
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetAnomalyResponse{Anomaly: anomaly}, nil
}

// LookupAnomaly returns the anomaly of a metric at a time.
func (s *Server) LookupAnomaly(
	ctx context.Context, req *anomifyv1.LookupAnomalyRequest,
) (*anomifyv1.LookupAnomalyResponse, error) {
	at := req.GetTimestamp()
	switch {
	case req.GetMetric() == "":
		return nil, rpc.FieldViolation("metric", "is empty")
	case at.CheckValid() != nil || at.GetSeconds() < 0:
		return nil, rpc.FieldViolation("timestamp", "is missing or out of range")
	}
	query := url.Values{metricParameter: {req.GetMetric()}, "timestamp": {strconv.FormatInt(at.GetSeconds(), 10)}}
	anomaly, err := s.getAnomaly(ctx, req.GetSource(), read("lookup_anomaly", "/anomaly/lookup", query))
	if err != nil {
		return nil, err
	}
	return &anomifyv1.LookupAnomalyResponse{Anomaly: anomaly}, nil
}

// getAnomaly reads an anomaly and the address of its graph beside it.
func (s *Server) getAnomaly(
	ctx context.Context, source string, get vendorhttp.Request,
) (*anomifyv1.Anomaly, error) {
	return oneOf(ctx, s, source, get, whole, func(data json.RawMessage) (*anomifyv1.Anomaly, error) {
		var fields struct {
			Anomaly json.RawMessage `json:"anomaly"`
			Graph   json.RawMessage `json:"anomaly_graph_url"`
		}
		if err := json.Unmarshal(data, &fields); err != nil {
			return nil, err
		}
		if len(fields.Anomaly) == 0 {
			return nil, errNoAnomaly
		}
		anomaly, err := anomalyOf(fields.Anomaly)
		if err != nil {
			return nil, err
		}
		// An address that is no text is none: the anomaly is there all the same.
		_ = json.Unmarshal(fields.Graph, &anomaly.GraphUrl)
		return anomaly, nil
	})
}

// TrainAnomaly has the vendor take an anomaly for normal, once. After an
// OUTCOME_UNKNOWN error the caller reads the anomaly back.
func (s *Server) TrainAnomaly(
	ctx context.Context, req *anomifyv1.TrainAnomalyRequest,
) (*anomifyv1.TrainAnomalyResponse, error) {
	if err := needID("anomaly_id", req.GetAnomalyId()); err != nil {
		return nil, err
	}
	form := trainForm(req.GetAnomalyId(), req.GetLabel())
	if err := withParameters(form, req.GetParameters()); err != nil {
		return nil, err
	}
	pattern, err := shownOf(ctx, s, req.GetSource(), effect("train_anomaly", "/anomaly/train", form), "pattern",
		objectOf[anomifyv1.Pattern])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.TrainAnomalyResponse{Pattern: pattern}, nil
}
