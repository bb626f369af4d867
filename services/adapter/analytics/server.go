// Package analytics fronts Analytics Platform accounts: it serves
// signalbox.analytics.v1 over the vendor's API v2 with the account's key.
//
// It keeps to the documented 100 calls a minute and to what the vendor says is
// left of them: when the headers say that nothing is left, the account is
// quiet until the vendor counts anew, before any 429 comes.
//
// Answers are snapshots without a time. It stamps none and compares none: that
// is the poller's.
package analytics

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// Server serves AnalyticsService. It is safe for concurrent use.
type Server struct {
	analyticsv1.UnimplementedAnalyticsServiceServer

	accounts *adapter.Accounts[*client]
}

// New returns the server of the configured accounts.
func New(
	cfg config.Config, logger *slog.Logger, registerer prometheus.Registerer, registry *health.Registry,
) (*Server, error) {
	accounts, err := adapter.NewAccounts(
		adapter.Base{
			Vendor: eventv1.Vendor_VENDOR_ANALYTICS, Config: cfg,
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
func (s *Server) Register(r grpc.ServiceRegistrar) { analyticsv1.RegisterAnalyticsServiceServer(r, s) }
