package app

import (
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
)

// newBus is the process's connection to the bus, which tells of its state and of
// what it had to create again.
func newBus(
	cfg config.Config, server *busserver.Server, registry *health.Registry, registerer prometheus.Registerer,
	logger *slog.Logger,
) *bus.Bus {
	opts := bus.Options{
		URL: cfg.NATS.URL, CredentialsFile: cfg.NATS.CredentialsFile, Name: "signalbox",
		Replicas: cfg.NATS.Replicas, ContentType: "application/" + cfg.NATS.Encoding, Limits: limits(cfg.NATS),
	}
	if cfg.NATS.URL == "" {
		opts.Server = server
	}
	component := registry.Component("nats", health.KindBus)
	opts.OnState = func(err error) {
		if err != nil {
			component.Fail(err.Error())
			return
		}
		component.OK()
	}
	lost := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "signalbox_bus_parts_lost_total",
		Help: "Streams and buckets that were missing beside others and were created empty, by part.",
	}, []string{"part"})
	registerer.MustRegister(lost)
	opts.OnLoss = func(part string) { lost.WithLabelValues(part).Inc() }
	failed := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "signalbox_bus_errors_total",
		Help: "Errors that the NATS server or the connection reported beside a call, by reason: slow_consumer, permission, limit or other.",
	}, []string{"reason"})
	registerer.MustRegister(failed)
	opts.OnError = func(reason string) { failed.WithLabelValues(reason).Inc() }
	return bus.New(opts, logger)
}

func limits(cfg config.NATS) map[string]bus.Limits {
	return map[string]bus.Limits{
		bus.StreamEvents:    bus.Limits(cfg.Events),
		bus.StreamDecisions: bus.Limits(cfg.Decisions),
		bus.StreamActions:   bus.Limits(cfg.Actions),
		bus.StreamDead:      bus.Limits(cfg.Dead),
	}
}
