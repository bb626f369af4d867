package query

import (
	"context"
	"errors"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/query/project"
	"github.com/signalbox-io/signalbox/services/query/store"
)

// Server serves QueryService and owns the read model, its projection and its
// expiry. It is safe for concurrent use between Start and Stop; calls outside
// are answered as Unavailable.
type Server struct {
	queryv1.UnimplementedQueryServiceServer

	store     *store.Store
	projector *project.Projector
	expiry    *expiry
	watchers  *watchers
	bus       *bus.Bus
	sources   []config.Source
	metrics   *metrics
	logger    *slog.Logger
}

// New returns a server that does nothing until Start. The bus must be started
// by then.
func New(
	cfg config.Config, b *bus.Bus, logger *slog.Logger, registerer prometheus.Registerer, registry *health.Registry,
) (*Server, error) {
	m, err := newMetrics(registerer)
	if err != nil {
		return nil, err
	}
	s := &Server{
		store: store.New(cfg.Query.SQLitePath, logger), watchers: newWatchers(m),
		bus: b, sources: cfg.Sources, metrics: m, logger: logger,
	}
	s.expiry = newExpiry(s.store, cfg.Query.Retention, m, logger)
	s.projector, err = project.New(project.Options{
		Bus: b, Store: s.store, Watch: s.watchers.tell, Health: registry.Component("query", health.KindService),
		Registerer: registerer, Logger: logger,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Start opens the read model and starts to fill it and to expire it.
func (s *Server) Start(ctx context.Context) error {
	if err := s.store.Open(ctx); err != nil {
		return err
	}
	if err := s.projector.Start(ctx); err != nil {
		return errors.Join(err, s.store.Close())
	}
	s.expiry.start(ctx)
	return nil
}

// Stop ends every watch, then what writes, then closes the read model. What a
// loop has not written yet is read again by the next start.
func (s *Server) Stop(ctx context.Context) error {
	s.watchers.stop()
	return errors.Join(s.expiry.stop(ctx), s.projector.Stop(ctx), s.store.Close())
}

// Register registers the service.
func (s *Server) Register(r grpc.ServiceRegistrar) { queryv1.RegisterQueryServiceServer(r, s) }
