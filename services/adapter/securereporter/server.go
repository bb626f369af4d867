// Package securereporter fronts Secure Reporter installations: it serves
// signalbox.securereporter.v1 by calling reports with a token.
//
// A cell keeps the type that it has in the vendor's JSON. A datetime without a
// zone and a Y or N stay the texts that they are and come besides as what they
// can be read as, because only who configured the report knows what they mean.
// A failure is told by `ok`, whatever the HTTP status. What the vendor documents
// no shape of is read in the shapes of assumed.go. No rate limit is documented:
// the budgets are this project's own.
//
// It neither chooses reports and their parameters nor knows which column is
// the key or the time: that is the poller's. It never sends a mail twice.
package securereporter

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// Server serves SecureReporterService. It is safe for concurrent use.
type Server struct {
	securereporterv1.UnimplementedSecureReporterServiceServer

	accounts *adapter.Accounts[*client]
}

// New returns the server of the configured installations.
func New(
	cfg config.Config, logger *slog.Logger, registerer prometheus.Registerer, registry *health.Registry,
) (*Server, error) {
	accounts, err := adapter.NewAccounts(
		adapter.Base{
			Vendor: eventv1.Vendor_VENDOR_SECURE_REPORTER, Config: cfg,
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
func (s *Server) Register(r grpc.ServiceRegistrar) {
	securereporterv1.RegisterSecureReporterServiceServer(r, s)
}
