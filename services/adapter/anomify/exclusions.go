package anomify

import (
	"context"
	"net/url"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// AddExclusion keeps metrics out of the analysis, once. After an
// OUTCOME_UNKNOWN error the caller looks for it among the exclusions.
func (s *Server) AddExclusion(
	ctx context.Context, req *anomifyv1.AddExclusionRequest,
) (*anomifyv1.AddExclusionResponse, error) {
	form, err := exclusionFormOf(req)
	if err != nil {
		return nil, err
	}
	exclusion, err := oneOf(ctx, s, req.GetSource(), effect("add_exclusion", "/exclusion/add", form), "exclusion",
		objectOf[anomifyv1.Exclusion])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.AddExclusionResponse{Exclusion: exclusion}, nil
}

// exclusionRequest describes an exclusion.
type exclusionRequest interface {
	GetType() string
	GetValue() string
	GetParameters() map[string]string
}

func exclusionFormOf(req exclusionRequest) (url.Values, error) {
	if strings.TrimSpace(req.GetType()) == "" {
		return nil, rpc.FieldViolation("type", "is empty; ListExclusionTypes has the types")
	}
	if strings.TrimSpace(req.GetValue()) == "" {
		return nil, rpc.FieldViolation("value", "is empty and might exclude every metric")
	}
	form := exclusionForm(req.GetType(), req.GetValue())
	return form, withParameters(form, req.GetParameters())
}

// DeleteExclusion ends an exclusion, once. NOT_FOUND says that there is none.
func (s *Server) DeleteExclusion(
	ctx context.Context, req *anomifyv1.DeleteExclusionRequest,
) (*anomifyv1.DeleteExclusionResponse, error) {
	if err := needID("exclusion_id", req.GetExclusionId()); err != nil {
		return nil, err
	}
	del := effect("delete_exclusion", "/exclusion/delete", exclusionIDForm(req.GetExclusionId()))
	if _, err := shownOf(ctx, s, req.GetSource(), del, whole, structOf); err != nil {
		return nil, err
	}
	return &anomifyv1.DeleteExclusionResponse{}, nil
}

// ListExclusions returns all exclusions. It goes before other reads, because
// whoever added one of unknown outcome waits for it.
func (s *Server) ListExclusions(
	ctx context.Context, req *anomifyv1.ListExclusionsRequest,
) (*anomifyv1.ListExclusionsResponse, error) {
	get := read("list_exclusions", "/exclusion/list", nil)
	get.Urgent = true
	got, err := listOf(ctx, s, req.GetSource(), get, "exclusions", objectOf[anomifyv1.Exclusion])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.ListExclusionsResponse{Exclusions: got.records, Rejected: got.rejected}, nil
}

// TestExclusion returns what an exclusion would keep out, and adds none.
func (s *Server) TestExclusion(
	ctx context.Context, req *anomifyv1.TestExclusionRequest,
) (*anomifyv1.TestExclusionResponse, error) {
	query, err := exclusionFormOf(req)
	if err != nil {
		return nil, err
	}
	data, err := oneOf(ctx, s, req.GetSource(), read("test_exclusion", "/exclusion/test", query), whole, structOf)
	if err != nil {
		return nil, err
	}
	return &anomifyv1.TestExclusionResponse{Data: data}, nil
}

// ListExclusionTypes returns the ways in which metrics can be excluded.
func (s *Server) ListExclusionTypes(
	ctx context.Context, req *anomifyv1.ListExclusionTypesRequest,
) (*anomifyv1.ListExclusionTypesResponse, error) {
	got, err := listOf(ctx, s, req.GetSource(), read("list_exclusion_types", "/exclusion/types", nil), "types",
		objectOf[anomifyv1.ExclusionType])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.ListExclusionTypesResponse{Types: got.records, Rejected: got.rejected}, nil
}
