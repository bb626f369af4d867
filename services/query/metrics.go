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
	discards *prometheus.CounterVec
}

// damagedRow is a row of the read model that is no record, each time that a list meets
// it.
const damagedRow = "damaged_row"

// discarded counts what is passed over.
func (m *metrics) discarded(reason string) { m.discards.WithLabelValues(reason).Inc() }

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
		discards: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signalbox_query_discards_total",
			Help: "Rows of the read model that are no record and were left out of a list, by reason; the log names each.",
		}, []string{"reason"}),
	}
	err := errors.Join(registerer.Register(m.watchers), registerer.Register(m.slow), registerer.Register(m.expired),
		registerer.Register(m.discards))
	if err != nil {
		return nil, fmt.Errorf("register metrics of the query service: %w", err)
	}
	return m, nil
}
