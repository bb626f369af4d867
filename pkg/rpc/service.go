package rpc

import (
	"net/http"

	"google.golang.org/grpc"
)

// maxMessageBytes bounds one message in either direction: ten pages of a
// vendor's largest answer.
const maxMessageBytes = 32 << 20

// Service is what a gRPC server serves.
type Service interface {
	// Register registers the service with r.
	Register(r grpc.ServiceRegistrar)
}

// SecretPrefix begins the paths that end in a secret: those to which vendors
// push. The server keeps such paths out of its logs and traces.
const SecretPrefix = "/hooks/"

// Route is what the HTTP server serves beside /metrics, /healthz and /readyz.
type Route struct {
	// Pattern as http.ServeMux reads it: `/v1/`, `GET /console/`.
	Pattern string
	// Handler of the pattern. Requests get 30 s to be read and 60 s to be
	// answered, but for streams, whose path ends in `:watch`.
	Handler http.Handler
}
