package anomify

import (
	"context"

	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// GetOrganisation returns the organisation.
func (s *Server) GetOrganisation(
	ctx context.Context, req *anomifyv1.GetOrganisationRequest,
) (*anomifyv1.GetOrganisationResponse, error) {
	organisation, err := oneOf(ctx, s, req.GetSource(), read("get_organisation", "/org/info", nil), whole, organisationOf)
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetOrganisationResponse{Organisation: organisation}, nil
}

// GetOrganisationSummary returns a summary of the organisation.
func (s *Server) GetOrganisationSummary(
	ctx context.Context, req *anomifyv1.GetOrganisationSummaryRequest,
) (*anomifyv1.GetOrganisationSummaryResponse, error) {
	data, err := oneOf(ctx, s, req.GetSource(), read("get_organisation_summary", "/org/summary", nil), whole, structOf)
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetOrganisationSummaryResponse{Data: data}, nil
}

// ListUsers returns the people of the organisation.
func (s *Server) ListUsers(ctx context.Context, req *anomifyv1.ListUsersRequest) (*anomifyv1.ListUsersResponse, error) {
	got, err := listOf(ctx, s, req.GetSource(), read("list_users", "/org/users", nil), "users", objectOf[anomifyv1.User])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.ListUsersResponse{Users: got.records, Rejected: got.rejected}, nil
}

// ListChannels returns where alerts can go.
func (s *Server) ListChannels(
	ctx context.Context, req *anomifyv1.ListChannelsRequest,
) (*anomifyv1.ListChannelsResponse, error) {
	got, err := listOf(ctx, s, req.GetSource(), read("list_channels", "/org/channels", nil), "channels", channelOf)
	if err != nil {
		return nil, err
	}
	return &anomifyv1.ListChannelsResponse{Channels: got.records, Rejected: got.rejected}, nil
}

// ListOrganisationEvents returns what happened to the organisation.
func (s *Server) ListOrganisationEvents(
	ctx context.Context, req *anomifyv1.ListOrganisationEventsRequest,
) (*anomifyv1.ListOrganisationEventsResponse, error) {
	query, err := graphQuery(req)
	if err != nil {
		return nil, err
	}
	got, err := listOf(ctx, s, req.GetSource(), read("list_organisation_events", "/org/events", query), "events",
		partOf[anomifyv1.OrganisationEvent])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.ListOrganisationEventsResponse{Events: got.records, Rejected: got.rejected}, nil
}
