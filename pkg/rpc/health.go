package rpc

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/signalbox-io/signalbox/pkg/health"
)

// healthService answers grpc.health.v1 from the health registry: each service
// that the server has serves while the process is ready.
type healthService struct {
	healthv1.UnimplementedHealthServer
	registry *health.Registry
	server   *grpc.Server
}

func newHealthService(registry *health.Registry, server *grpc.Server) *healthService {
	return &healthService{registry: registry, server: server}
}

// Check returns how the service does; the empty name asks for the process.
func (h *healthService) Check(_ context.Context, req *healthv1.HealthCheckRequest) (*healthv1.HealthCheckResponse, error) {
	if !h.knows(req.GetService()) {
		return nil, Error(codes.NotFound, "UNKNOWN_SERVICE", nil, "no service %q here", req.GetService())
	}
	return &healthv1.HealthCheckResponse{Status: h.status()}, nil
}

// Watch sends how the service does at once and at each change.
func (h *healthService) Watch(req *healthv1.HealthCheckRequest, stream grpc.ServerStreamingServer[healthv1.HealthCheckResponse]) error {
	last := healthv1.HealthCheckResponse_UNKNOWN
	for {
		changed := h.registry.Changed()
		current := h.status()
		if !h.knows(req.GetService()) {
			current = healthv1.HealthCheckResponse_SERVICE_UNKNOWN
		}
		if current != last {
			if err := stream.Send(&healthv1.HealthCheckResponse{Status: current}); err != nil {
				return err
			}
			last = current
		}
		select {
		case <-changed:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

// List returns how every service does.
func (h *healthService) List(context.Context, *healthv1.HealthListRequest) (*healthv1.HealthListResponse, error) {
	statuses := map[string]*healthv1.HealthCheckResponse{"": {Status: h.status()}}
	for name := range h.server.GetServiceInfo() {
		statuses[name] = &healthv1.HealthCheckResponse{Status: h.status()}
	}
	return &healthv1.HealthListResponse{Statuses: statuses}, nil
}

func (h *healthService) knows(service string) bool {
	if service == "" {
		return true
	}
	_, ok := h.server.GetServiceInfo()[service]
	return ok
}

func (h *healthService) status() healthv1.HealthCheckResponse_ServingStatus {
	if h.registry.Report().Ready {
		return healthv1.HealthCheckResponse_SERVING
	}
	return healthv1.HealthCheckResponse_NOT_SERVING
}
