// Package anodot fronts Anodot accounts: it serves signalbox.anodot.v1 over
// the vendor's REST API v2. It holds the refresh token and what is obtained
// with it, keeps to the documented limits (500 calls a minute, 50 of them for
// feedback, fewer for data streams), lets actions go before polls, and tells
// what an error of the vendor means.
//
// # Objects
//
// The vendor's objects (configurations, data streams, firings, events) have
// more fields than are documented, and some come in other shapes than
// documented. object.go reads and writes all of them by the fields of their
// messages: what a field cannot give back as it came is kept in `extra`, so
// that what was read can be written back. Enumerations carry the vendor's words
// in their own description (word.proto).
//
// # Effects
//
// An effect is sent once. It repeats no pause and no creation, reads no state
// before or after one, and keeps no alert: that is the router's. The one
// exception is UpdateAlert with fields alone, which reads the configuration
// that it changes, because the vendor takes only whole ones. A feedback's links
// are read for the ids they hold, because the vendor gives no other.
//
// What the vendor's document leaves open, and is therefore assumed, stands in
// assumed.go.
package anodot

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// Server serves AnodotService. It is safe for concurrent use.
type Server struct {
	anodotv1.UnimplementedAnodotServiceServer

	accounts *adapter.Accounts[*client]
}

// New returns the server of the configured accounts.
func New(
	cfg config.Config, logger *slog.Logger, registerer prometheus.Registerer, registry *health.Registry,
) (*Server, error) {
	accounts, err := adapter.NewAccounts(
		adapter.Base{
			Vendor: eventv1.Vendor_VENDOR_ANODOT, Config: cfg,
			Logger: logger, Registerer: registerer, Health: registry,
		},
		adapter.Vendor[*client]{Options: options, Client: newClient},
	)
	if err != nil {
		return nil, err
	}
	return &Server{accounts: accounts}, nil
}

// Start opens the accounts.
func (s *Server) Start(ctx context.Context) error { return s.accounts.Start(ctx) }

// Stop closes the accounts.
func (s *Server) Stop(ctx context.Context) error { return s.accounts.Stop(ctx) }

// Register registers the service.
func (s *Server) Register(r grpc.ServiceRegistrar) { anodotv1.RegisterAnodotServiceServer(r, s) }
