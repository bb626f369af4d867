package anomify

import (
	"context"
	"encoding/json"
	"net/url"

	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// spanRequest asks for a span of time of one metric.
type spanRequest interface {
	GetSource() string
	GetMetric() string
	GetFromTime() *timestamppb.Timestamp
	GetUntilTime() *timestamppb.Timestamp
}

// readSpan returns the request for what lies below the metric.
func readSpan(operation, below string, req spanRequest, parameters map[string]string) (vendorhttp.Request, error) {
	if err := needMetric(req.GetMetric()); err != nil {
		return vendorhttp.Request{}, err
	}
	query := url.Values{}
	if err := setWindow(query, req.GetFromTime(), req.GetUntilTime()); err != nil {
		return vendorhttp.Request{}, err
	}
	return read(operation, under("/metric", req.GetMetric(), below), query), withParameters(query, parameters)
}

// ListMetricAnomalies returns the anomalies of one metric, oldest first.
func (s *Server) ListMetricAnomalies(
	ctx context.Context, req *anomifyv1.ListMetricAnomaliesRequest,
) (*anomifyv1.ListMetricAnomaliesResponse, error) {
	get, err := readSpan("list_metric_anomalies", "anomalies", req, nil)
	if err != nil {
		return nil, err
	}
	got, err := listOf(ctx, s, req.GetSource(), get, "anomalies", func(record json.RawMessage) (*anomifyv1.Anomaly, error) {
		return anomalyOf(withKey(record, "metric", req.GetMetric()))
	})
	if err != nil {
		return nil, err
	}
	sortAnomalies(got.records)
	return &anomifyv1.ListMetricAnomaliesResponse{Anomalies: got.records, Rejected: got.rejected}, nil
}

// GetMetricAnomalySummary returns a summary of the anomalies of one metric.
func (s *Server) GetMetricAnomalySummary(
	ctx context.Context, req *anomifyv1.GetMetricAnomalySummaryRequest,
) (*anomifyv1.GetMetricAnomalySummaryResponse, error) {
	data, err := s.spanData(ctx, "get_metric_anomaly_summary", "anomalysummary", req)
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetMetricAnomalySummaryResponse{Data: data}, nil
}

// GetMetricBundle returns all that the vendor shows of one metric at once.
func (s *Server) GetMetricBundle(
	ctx context.Context, req *anomifyv1.GetMetricBundleRequest,
) (*anomifyv1.GetMetricBundleResponse, error) {
	data, err := s.spanData(ctx, "get_metric_bundle", "bundle", req)
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetMetricBundleResponse{Data: data}, nil
}

func (s *Server) spanData(ctx context.Context, operation, below string, req spanRequest) (*structpb.Struct, error) {
	get, err := readSpan(operation, below, req, nil)
	if err != nil {
		return nil, err
	}
	return oneOf(ctx, s, req.GetSource(), get, whole, structOf)
}

// GetMetricTimeseries returns the values of one metric, oldest first.
func (s *Server) GetMetricTimeseries(
	ctx context.Context, req *anomifyv1.GetMetricTimeseriesRequest,
) (*anomifyv1.GetMetricTimeseriesResponse, error) {
	get, err := readSpan("get_metric_timeseries", "timeseries", req, req.GetParameters())
	if err != nil {
		return nil, err
	}
	return oneOf(ctx, s, req.GetSource(), get, whole,
		func(data json.RawMessage) (*anomifyv1.GetMetricTimeseriesResponse, error) {
			points, err := pointsIn(data, "timeseries", pointOf)
			return &anomifyv1.GetMetricTimeseriesResponse{Points: points}, err
		})
}

// GetMetricYhat returns the values of one metric beside those expected, oldest
// first.
func (s *Server) GetMetricYhat(
	ctx context.Context, req *anomifyv1.GetMetricYhatRequest,
) (*anomifyv1.GetMetricYhatResponse, error) {
	get, err := readSpan("get_metric_yhat", "yhat", req, req.GetParameters())
	if err != nil {
		return nil, err
	}
	return oneOf(ctx, s, req.GetSource(), get, whole,
		func(data json.RawMessage) (*anomifyv1.GetMetricYhatResponse, error) {
			points, err := pointsIn(data, "yhat", expectedPointOf)
			return &anomifyv1.GetMetricYhatResponse{Points: points}, err
		})
}
