package router

import (
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
)

// Why the router goes over the stream from its beginning.
const (
	overMissing = "missing"
	overDamaged = "damaged"
	overForeign = "foreign"
)

// metrics of the router.
type metrics struct {
	events, decisions, actions      *prometheus.CounterVec
	duplicates, late                prometheus.Counter
	undecodable, oversized, missed  prometheus.Counter
	decidedSequence, lag            prometheus.Gauge
	waiting, keys                   prometheus.Gauge
	snapshotTime                    prometheus.Histogram
	snapshotBytes, snapshotAt       prometheus.Gauge
	snapshotFailures, interruptions prometheus.Counter
	startsOver                      *prometheus.CounterVec
}

func newMetrics(registerer prometheus.Registerer, activeLeases func() int) (*metrics, error) {
	b := &builder{registerer: registerer}
	m := &metrics{
		events:     b.counters("events_total", "Events that were decided, by kind.", "kind"),
		duplicates: b.counter("duplicates_total", "Events that had been decided before."),
		late:       b.counter("late_events_total", "Events that came too late to be acted on."),
		decisions:  b.counters("decisions_total", "Decisions by rule and outcome.", "rule", "outcome"),
		actions:    b.counters("action_states_total", "States that actions have reached.", "type", "state"),

		undecodable: b.counter("undecodable_total", "Messages that held no event and became dead letters."),
		oversized:   b.counter("oversized_total", "Decisions that were too large to be kept and became dead letters."),
		missed:      b.counter("missed_messages_total", "Messages that had left the stream before they could be decided."),

		decidedSequence: b.gauge("decided_sequence", "Sequence of the last event that was decided."),
		lag:             b.gauge("lag_messages", "Messages on the stream that are not decided yet."),
		waiting:         b.gauge("waiting_judgements", "Judgements that wait for their cause."),
		keys:            b.gauge("keys", "Keys for which the rules keep state."),

		snapshotTime:     b.histogram("snapshot_duration_seconds", "Time that a snapshot took, waiting for acknowledgements included."),
		snapshotBytes:    b.gauge("snapshot_bytes", "Length of the last snapshot."),
		snapshotAt:       b.gauge("snapshot_timestamp_seconds", "When the last snapshot was stored, in seconds since 1970."),
		snapshotFailures: b.counter("snapshot_failures_total", "Snapshots that could not be stored."),
		interruptions:    b.counter("interruptions_total", "Times that reading the events broke off and was begun again."),
		startsOver: b.counters("starts_over_total",
			"Times that the stream was decided from its beginning, by what was wrong with the snapshot.", "reason"),
	}
	b.register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: prefix + "active_leases", Help: "Leases that are active now.",
	}, func() float64 { return float64(activeLeases()) }))
	if err := errors.Join(b.faults...); err != nil {
		return nil, fmt.Errorf("register metrics of the router: %w", err)
	}
	return m, nil
}

// reached counts a state that an action has reached.
func (m *metrics) reached(a *actionv1.Action) {
	m.actions.WithLabelValues(a.GetType(), word(a.GetState().String(), "STATE_")).Inc()
}

func (m *metrics) decided(d *decisionv1.Decision) {
	m.decisions.WithLabelValues(d.GetRule(), word(d.GetOutcome().String(), "OUTCOME_")).Inc()
}

func word(enum, prefix string) string { return strings.ToLower(strings.TrimPrefix(enum, prefix)) }

const prefix = "signalbox_router_"

// builder makes and registers metrics and keeps what goes wrong.
type builder struct {
	registerer prometheus.Registerer
	faults     []error
}

func (b *builder) register(c prometheus.Collector) {
	if err := b.registerer.Register(c); err != nil {
		b.faults = append(b.faults, err)
	}
}

func (b *builder) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: prefix + name, Help: help})
	b.register(c)
	return c
}

func (b *builder) counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
	b.register(c)
	return c
}

func (b *builder) gauge(name, help string) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + name, Help: help})
	b.register(g)
	return g
}

func (b *builder) histogram(name, help string) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: prefix + name, Help: help, Buckets: []float64{.001, .005, .02, .1, .5, 2, 10},
	})
	b.register(h)
	return h
}
