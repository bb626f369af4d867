package query

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of what the service does beside answering calls.
type metrics struct {
	watchers prometheus.Gauge
	slow     prometheus.Counter
	expired  prometheus.Counter
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		watchers: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "signalbox_query_watchers", Help: "Callers that watch events.",
		}),
		slow: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "signalbox_query_slow_watchers_total", Help: "Watches ended because their caller did not keep up.",
		}),
		expired: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "signalbox_query_records_expired_total", Help: "Records deleted from the read model at the end of their retention.",
		}),
	}
	err := errors.Join(registerer.Register(m.watchers), registerer.Register(m.slow), registerer.Register(m.expired))
	if err != nil {
		return nil, fmt.Errorf("register metrics of the query service: %w", err)
	}
	return m, nil
}
