// Package anura fronts Anura accounts: it serves signalbox.anura.v1 over the
// vendor's Reporting API, whose every call is a POST with the token in its
// body. An answer may take minutes, so one request per account is under way at
// a time and a slow one is not asked again.
//
// The vendor's document names statuses and time frames; endpoints and fields
// follow its public pages, and what nobody says stands in assumed.go. No rate
// limit is documented: 30 calls a minute, 20 of them for pages of lists, are
// this project's own bound.
//
// Lists are streamed a page at a time, so that one of any length is read in
// bounded memory. Texts are decoded; what an answer has beyond what is read is
// kept under the vendor's name.
//
// It asks for nothing outside the vendor's time frames, asks for a raw report
// once, and it does not choose which instances and campaigns to read: that is the
// poller's. The file of a raw report is wherever the vendor's link leads; it is
// asked for without the token, and sent on part by part.
package anura

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// Server serves AnuraService. It is safe for concurrent use.
type Server struct {
	anurav1.UnimplementedAnuraServiceServer

	accounts *adapter.Accounts[*client]
}

// New returns the server of the configured accounts.
func New(
	cfg config.Config, logger *slog.Logger, registerer prometheus.Registerer, registry *health.Registry,
) (*Server, error) {
	accounts, err := adapter.NewAccounts(
		adapter.Base{
			Vendor: eventv1.Vendor_VENDOR_ANURA, Config: cfg,
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
func (s *Server) Register(r grpc.ServiceRegistrar) { anurav1.RegisterAnuraServiceServer(r, s) }
