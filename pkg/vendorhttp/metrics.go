package vendorhttp

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the counters of every account's calls. Accounts share one
// Metrics.
type Metrics struct {
	requests   *prometheus.CounterVec
	duration   *prometheus.HistogramVec
	budgetWait *prometheus.HistogramVec
	breaker    *prometheus.GaugeVec
}

// NewMetrics returns the metrics registered at r. Calling it again with the
// same r returns metrics that count together.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signalbox_vendor_requests_total",
			Help: "Requests to vendors by outcome.",
		}, []string{"vendor", "source", "operation", "outcome"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "signalbox_vendor_request_duration_seconds",
			Help:    "Time from sending a request to a vendor until its answer was read.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}, []string{"vendor", "source", "operation"}),
		budgetWait: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "signalbox_vendor_budget_wait_seconds",
			Help:    "Time a request waited for the account's rate budget, by priority: urgent are actions and what they read, normal all else.",
			Buckets: []float64{.001, .01, .1, 1, 5, 15, 30, 60},
		}, []string{"vendor", "source", "priority"}),
		breaker: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "signalbox_vendor_breaker_state",
			Help: "Circuit breaker of the account: 0 closed, 1 half open, 2 open.",
		}, []string{"vendor", "source"}),
	}
	err := errors.Join(
		register(r, &m.requests), register(r, &m.duration),
		register(r, &m.budgetWait), register(r, &m.breaker),
	)
	return m, err
}

// register registers the collector, or puts the one registered before in its
// place: five adapters in one process count into the same vectors.
func register[C prometheus.Collector](r prometheus.Registerer, c *C) error {
	err := r.Register(*c)
	var already prometheus.AlreadyRegisteredError
	if !errors.As(err, &already) {
		return err
	}
	existing, ok := already.ExistingCollector.(C)
	if !ok {
		return err
	}
	*c = existing
	return nil
}
