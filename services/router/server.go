package router

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// Server serves RouterService. It is safe for concurrent use.
type Server struct {
	routerv1.UnimplementedRouterServiceServer

	router *Router
}

// NewServer returns the server of the router.
func NewServer(r *Router) *Server { return &Server{router: r} }

// Register registers the service.
func (s *Server) Register(r grpc.ServiceRegistrar) { routerv1.RegisterRouterServiceServer(r, s) }

// GetStatus returns the running rule set and how far the router has come. It
// answers also while the bus is away, with what was heard last.
func (s *Server) GetStatus(ctx context.Context, _ *routerv1.GetStatusRequest) (*routerv1.GetStatusResponse, error) {
	status := s.router.Status(ctx)
	response := &routerv1.GetStatusResponse{
		RuleSet:         s.router.opts.Rules.Version(),
		DecidedSequence: status.Decided,
		StreamSequence:  status.Last,
		ActiveLeases:    int32(s.router.leases.Len()),
	}
	for _, r := range s.router.opts.Rules.Rules() {
		response.Rules = append(response.Rules, r.Name)
	}
	if !status.SnapshotAt.IsZero() {
		response.SnapshotAt = timestamppb.New(status.SnapshotAt)
	}
	return response, nil
}
