package poll

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the metrics of all loops of a process.
type Metrics struct {
	registerer prometheus.Registerer
	polls      *prometheus.CounterVec
	duration   *prometheus.HistogramVec
	published  *prometheus.CounterVec
	rejected   *prometheus.CounterVec
	repeated   *prometheus.CounterVec
	omitted    *prometheus.CounterVec
	retries    *prometheus.CounterVec
	active     *prometheus.GaugeVec
	refills    *prometheus.CounterVec
	alerts     *prometheus.GaugeVec
	alertsAt   *prometheus.GaugeVec
	interval   *prometheus.GaugeVec
}

// NewMetrics registers the metrics, or takes those that another poller of the
// process has registered.
func NewMetrics(registerer prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{registerer: registerer}
	var faults [12]error
	m.polls, faults[0] = register(registerer, counter("signalbox_polls_total",
		"Polls by outcome: ok, or the reason of the failure.", "outcome"))
	m.duration, faults[1] = register(registerer, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "signalbox_poll_duration_seconds", Help: "Time of a poll, waiting for the bus included.",
		Buckets: []float64{.01, .05, .1, .5, 1, 5, 15, 60, 300},
	}, []string{"source"}))
	m.published, faults[2] = register(registerer, counter("signalbox_poll_events_published_total",
		"Events that were new and are on the stream."))
	m.rejected, faults[3] = register(registerer, counter("signalbox_poll_records_rejected_total",
		"Records that became dead letters.", "reason"))
	m.omitted, faults[4] = register(registerer, counter("signalbox_poll_fields_omitted_total",
		"Labels and measures left out of events because their expression had no value.", "field"))
	m.retries, faults[5] = register(registerer, counter("signalbox_poll_bus_retries_total",
		"Attempts at the bus that did not work and were made again."))
	m.active, faults[6] = register(registerer, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "signalbox_poll_active", Help: "1 while this process polls the source, 0 while it stands by for another that does.",
	}, []string{"source"}))
	m.refills, faults[7] = register(registerer, counter("signalbox_poll_refills_total",
		"Times that the stream had lost events, which were then read again."))
	m.alerts, faults[8] = register(registerer, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "signalbox_poll_alerts", Help: "Alerts of the source when they were last read.",
	}, []string{"source"}))
	m.alertsAt, faults[9] = register(registerer, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "signalbox_poll_alerts_read_timestamp_seconds", Help: "When the alerts of the source were last read, all of them, in Unix seconds.",
	}, []string{"source"}))
	m.interval, faults[10] = register(registerer, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "signalbox_poll_interval_seconds", Help: "Time between the starts of the last poll and the next, as it is paced at the moment.",
	}, []string{"source"}))
	m.repeated, faults[11] = register(registerer, counter("signalbox_poll_records_repeated_total",
		"Records that were passed over because they had come before: known from an earlier window, twice in one, an open thing that has not changed, or, in a backfill, on the stream.", "reason"))
	if err := errors.Join(faults[:]...); err != nil {
		return nil, fmt.Errorf("register metrics of pollers: %w", err)
	}
	return m, nil
}

// forgetAlerts lets nothing be told of alerts that another process reads.
func (m *Metrics) forgetAlerts(source string) {
	m.alerts.DeleteLabelValues(source)
	m.alertsAt.DeleteLabelValues(source)
}

// watchFreshness adds the gauge of one source.
func (m *Metrics) watchFreshness(source string, seconds func() float64) error {
	return m.registerer.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "signalbox_poll_freshness_seconds",
		Help:        "Age of the newest moment up to which the vendor's data have been published.",
		ConstLabels: prometheus.Labels{"source": source},
	}, seconds))
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help},
		append([]string{"source"}, labels...))
}

func register[C prometheus.Collector](registerer prometheus.Registerer, collector C) (C, error) {
	err := registerer.Register(collector)
	if already, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if existing, same := already.ExistingCollector.(C); same {
			return existing, nil
		}
	}
	return collector, err
}
