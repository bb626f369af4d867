package anomify

import (
	"context"
	"net/url"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// GetAnomalyImage returns a picture of an anomaly.
func (s *Server) GetAnomalyImage(
	ctx context.Context, req *anomifyv1.GetAnomalyImageRequest,
) (*anomifyv1.GetAnomalyImageResponse, error) {
	if err := needID(anomalyIDParameter, req.GetAnomalyId()); err != nil {
		return nil, err
	}
	query := url.Values{anomalyIDParameter: {req.GetAnomalyId()}}
	if err := withParameters(query, req.GetParameters()); err != nil {
		return nil, err
	}
	image, err := s.image(ctx, req.GetSource(), "get_anomaly_image", "/image/anomaly", query)
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetAnomalyImageResponse{Image: image}, nil
}

// GetMetricImage returns a picture of a metric.
func (s *Server) GetMetricImage(
	ctx context.Context, req *anomifyv1.GetMetricImageRequest,
) (*anomifyv1.GetMetricImageResponse, error) {
	if req.GetMetric() == "" {
		return nil, rpc.FieldViolation("metric", "is empty")
	}
	query, err := graphQuery(req)
	if err != nil {
		return nil, err
	}
	query.Set(metricParameter, req.GetMetric())
	image, err := s.image(ctx, req.GetSource(), "get_metric_image", "/image/metric", query)
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetMetricImageResponse{Image: image}, nil
}

// GetMetricGraph returns the graph of a metric.
func (s *Server) GetMetricGraph(
	ctx context.Context, req *anomifyv1.GetMetricGraphRequest,
) (*anomifyv1.GetMetricGraphResponse, error) {
	if err := needMetric(req.GetMetric()); err != nil {
		return nil, err
	}
	query, err := graphQuery(req)
	if err != nil {
		return nil, err
	}
	image, err := s.image(ctx, req.GetSource(), "get_metric_graph", under("/metric", req.GetMetric(), "graph"), query)
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetMetricGraphResponse{Image: image}, nil
}

// GetOrganisationGraph returns the graph of the organisation.
func (s *Server) GetOrganisationGraph(
	ctx context.Context, req *anomifyv1.GetOrganisationGraphRequest,
) (*anomifyv1.GetOrganisationGraphResponse, error) {
	query, err := graphQuery(req)
	if err != nil {
		return nil, err
	}
	image, err := s.image(ctx, req.GetSource(), "get_organisation_graph", "/org/graph", query)
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetOrganisationGraphResponse{Image: image}, nil
}

// graphRequest asks for a picture of a span of time.
type graphRequest interface {
	GetFromTime() *timestamppb.Timestamp
	GetUntilTime() *timestamppb.Timestamp
	GetParameters() map[string]string
}

func graphQuery(req graphRequest) (url.Values, error) {
	query := url.Values{}
	if err := setWindow(query, req.GetFromTime(), req.GetUntilTime()); err != nil {
		return nil, err
	}
	return query, withParameters(query, req.GetParameters())
}

// GetMatchGraph returns the graph of a match.
func (s *Server) GetMatchGraph(
	ctx context.Context, req *anomifyv1.GetMatchGraphRequest,
) (*anomifyv1.GetMatchGraphResponse, error) {
	image, err := s.matchGraph(ctx, req, "get_match_graph", "graph")
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetMatchGraphResponse{Image: image}, nil
}

// GetMatchMotifGraph returns the graph of the motif behind a match.
func (s *Server) GetMatchMotifGraph(
	ctx context.Context, req *anomifyv1.GetMatchMotifGraphRequest,
) (*anomifyv1.GetMatchMotifGraphResponse, error) {
	image, err := s.matchGraph(ctx, req, "get_match_motif_graph", "motif", "graph")
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetMatchMotifGraphResponse{Image: image}, nil
}

// matchRequest names one match.
type matchRequest interface {
	GetSource() string
	GetMatchId() string
	GetParameters() map[string]string
}

func (s *Server) matchGraph(
	ctx context.Context, req matchRequest, operation string, below ...string,
) (*anomifyv1.Image, error) {
	if err := needID("match_id", req.GetMatchId()); err != nil {
		return nil, err
	}
	query := url.Values{}
	if err := withParameters(query, req.GetParameters()); err != nil {
		return nil, err
	}
	return s.image(ctx, req.GetSource(), operation, under("/match", req.GetMatchId(), below...), query)
}
