package anomify

import (
	"context"
	"net/url"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// needMetric refuses a name that would lead the path elsewhere.
func needMetric(name string) error {
	if !adapter.IsPathPart(name) {
		return rpc.FieldViolation("metric", "is no metric's name")
	}
	return nil
}

// GetMetric returns one metric.
func (s *Server) GetMetric(ctx context.Context, req *anomifyv1.GetMetricRequest) (*anomifyv1.GetMetricResponse, error) {
	if err := needMetric(req.GetMetric()); err != nil {
		return nil, err
	}
	metric, err := oneOf(ctx, s, req.GetSource(), read("get_metric", under("/metric", req.GetMetric()), nil), "metric",
		objectOf[anomifyv1.Metric])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetMetricResponse{Metric: metric}, nil
}

// ListMetricPatterns returns the patterns of one metric.
func (s *Server) ListMetricPatterns(
	ctx context.Context, req *anomifyv1.ListMetricPatternsRequest,
) (*anomifyv1.ListMetricPatternsResponse, error) {
	if err := needMetric(req.GetMetric()); err != nil {
		return nil, err
	}
	get := read("list_metric_patterns", under("/metric", req.GetMetric(), "patterns"), nil)
	got, err := listOf(ctx, s, req.GetSource(), get, "patterns", objectOf[anomifyv1.Pattern])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.ListMetricPatternsResponse{Patterns: got.records, Rejected: got.rejected}, nil
}

// ListMetrics returns the metrics.
func (s *Server) ListMetrics(
	ctx context.Context, req *anomifyv1.ListMetricsRequest,
) (*anomifyv1.ListMetricsResponse, error) {
	got, err := s.listMetrics(ctx, req, "list_metrics", "/metrics")
	if err != nil {
		return nil, err
	}
	return &anomifyv1.ListMetricsResponse{Metrics: got.records, Rejected: got.rejected}, nil
}

// ListMostAnomalousMetrics returns the metrics with the most anomalies.
func (s *Server) ListMostAnomalousMetrics(
	ctx context.Context, req *anomifyv1.ListMostAnomalousMetricsRequest,
) (*anomifyv1.ListMostAnomalousMetricsResponse, error) {
	got, err := s.listMetrics(ctx, req, "list_most_anomalous_metrics", "/metrics/mostanomalous")
	if err != nil {
		return nil, err
	}
	return &anomifyv1.ListMostAnomalousMetricsResponse{Metrics: got.records, Rejected: got.rejected}, nil
}

// ListMostRecentlyAnomalousMetrics returns the metrics that had an anomaly last.
func (s *Server) ListMostRecentlyAnomalousMetrics(
	ctx context.Context, req *anomifyv1.ListMostRecentlyAnomalousMetricsRequest,
) (*anomifyv1.ListMostRecentlyAnomalousMetricsResponse, error) {
	got, err := s.listMetrics(ctx, req, "list_most_recently_anomalous_metrics", "/metrics/mostrecentlyanomalous")
	if err != nil {
		return nil, err
	}
	return &anomifyv1.ListMostRecentlyAnomalousMetricsResponse{Metrics: got.records, Rejected: got.rejected}, nil
}

// ListMostRecentlyMatchedMetrics returns the metrics that matched a pattern
// last.
func (s *Server) ListMostRecentlyMatchedMetrics(
	ctx context.Context, req *anomifyv1.ListMostRecentlyMatchedMetricsRequest,
) (*anomifyv1.ListMostRecentlyMatchedMetricsResponse, error) {
	got, err := s.listMetrics(ctx, req, "list_most_recently_matched_metrics", "/metrics/mostrecentlymatched")
	if err != nil {
		return nil, err
	}
	return &anomifyv1.ListMostRecentlyMatchedMetricsResponse{Metrics: got.records, Rejected: got.rejected}, nil
}

// metricsRequest asks for metrics.
type metricsRequest interface {
	GetSource() string
	GetParameters() map[string]string
}

func (s *Server) listMetrics(
	ctx context.Context, req metricsRequest, operation, path string,
) (found[anomifyv1.Metric], error) {
	query := url.Values{}
	if err := withParameters(query, req.GetParameters()); err != nil {
		return found[anomifyv1.Metric]{}, err
	}
	return listOf(ctx, s, req.GetSource(), read(operation, path, query), "metrics", objectOf[anomifyv1.Metric])
}
