// Package anomify fronts Anomify organisations: it serves signalbox.anomify.v1
// over the vendor's API with the organisation's token. It sends no session id
// and keeps no cookie, because a session would win over the token.
//
// The vendor documents endpoint names, one anomaly and the envelope of every
// answer; the shapes of lists and watchers are assumed and stand together in
// assumed.go. No rate limit is documented: 120 calls a minute are this
// project's own bound.
//
// It creates a watcher once per call and looks for no other of its name: that
// is the router's.
package anomify

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// Server serves AnomifyService. It is safe for concurrent use.
type Server struct {
	anomifyv1.UnimplementedAnomifyServiceServer

	accounts   *adapter.Accounts[*client]
	logger     *slog.Logger
	unreadable *unreadable
}

// New returns the server of the configured organisations.
func New(
	cfg config.Config, logger *slog.Logger, registerer prometheus.Registerer, registry *health.Registry,
) (*Server, error) {
	accounts, err := adapter.NewAccounts(
		adapter.Base{
			Vendor: eventv1.Vendor_VENDOR_ANOMIFY, Config: cfg,
			Logger: logger, Registerer: registerer, Health: registry,
		},
		adapter.Vendor[*client]{Options: options, Client: newClient},
	)
	if err != nil {
		return nil, err
	}
	unreadable, err := newUnreadable(registerer)
	if err != nil {
		return nil, err
	}
	return &Server{accounts: accounts, logger: logger, unreadable: unreadable}, nil
}

// Start opens the accounts.
func (s *Server) Start(ctx context.Context) error { return s.accounts.Start(ctx) }

// Stop closes the accounts.
func (s *Server) Stop(ctx context.Context) error { return s.accounts.Stop(ctx) }

// Register registers the service.
func (s *Server) Register(r grpc.ServiceRegistrar) { anomifyv1.RegisterAnomifyServiceServer(r, s) }
