package webhook

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// What becomes of a push, in the words of metrics.
const (
	outcomeOK         = "ok"
	outcomeUnknown    = "unknown_secret"
	outcomeMethod     = "method"
	outcomeTooOften   = "too_often"
	outcomeBusy       = "busy"
	outcomeTooLarge   = "too_large"
	outcomeCutOff     = "cut_off"
	outcomeUnreadable = "unreadable"
	outcomeBusAway    = "bus_away"
)

type metrics struct {
	pushes   *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	events   *prometheus.CounterVec
	repeated *prometheus.CounterVec
	rejected *prometheus.CounterVec
	omitted  *prometheus.CounterVec
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		pushes: counter("signalbox_webhook_pushes_total",
			"Pushes by outcome; source is empty where the secret is no account's.", "outcome"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "signalbox_webhook_push_duration_seconds", Help: "Time from a push to its answer, by source.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, 1, 5, 15},
		}, []string{"source"}),
		events: counter("signalbox_webhook_events_published_total", "Events of pushes that were new and are on the stream."),
		repeated: counter("signalbox_webhook_records_repeated_total",
			"Firings in pushes that were on the stream already, pushed or polled.", "reason"),
		rejected: counter("signalbox_webhook_records_rejected_total",
			"Pushes, or firings in them, that became dead letters.", "reason"),
		omitted: counter("signalbox_webhook_labels_omitted_total",
			"Labels left out of events of pushes because their expression had no value.", "label"),
	}
	var faults []error
	for _, c := range []prometheus.Collector{m.pushes, m.seconds, m.events, m.repeated, m.rejected, m.omitted} {
		faults = append(faults, registerer.Register(c))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("register metrics of webhooks: %w", err)
	}
	return m, nil
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{"source"}, labels...))
}

func (m *metrics) count(source, outcome string, took time.Duration) {
	m.pushes.WithLabelValues(source, outcome).Inc()
	m.seconds.WithLabelValues(source).Observe(took.Seconds())
}
