package project

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of the projection.
type metrics struct {
	projected, undecodable *prometheus.CounterVec
	lag                    *prometheus.GaugeVec
}

// streamMetrics are the metrics of one stream.
type streamMetrics struct {
	projected, undecodable prometheus.Counter
	lag                    prometheus.Gauge
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	label := []string{"stream"}
	m := &metrics{
		projected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signalbox_query_messages_projected_total", Help: "Messages brought into the read model.",
		}, label),
		undecodable: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signalbox_query_undecodable_messages_total", Help: "Messages skipped because they could not be decoded.",
		}, label),
		lag: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "signalbox_query_lag_messages", Help: "Messages on the stream that are not in the read model yet.",
		}, label),
	}
	err := errors.Join(registerer.Register(m.projected), registerer.Register(m.undecodable), registerer.Register(m.lag))
	if err != nil {
		return nil, fmt.Errorf("register metrics of the projection: %w", err)
	}
	return m, nil
}

func (m *metrics) of(stream string) streamMetrics {
	return streamMetrics{
		projected:   m.projected.WithLabelValues(stream),
		undecodable: m.undecodable.WithLabelValues(stream),
		lag:         m.lag.WithLabelValues(stream),
	}
}
