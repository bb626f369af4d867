package router

import (
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/durable"
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
	unrecordable, lostLetters       prometheus.Counter
	history                         prometheus.Counter
	decidedSequence, lag            prometheus.Gauge
	waiting, keys                   prometheus.Gauge
	refusedKeys, early              prometheus.Counter
	snapshotTime                    prometheus.Histogram
	snapshotBytes, snapshotAt       prometheus.Gauge
	snapshotFailures, interruptions prometheus.Counter
	startsOver                      *prometheus.CounterVec
	inputs, reloads                 *prometheus.CounterVec
	lostInputs, lostSets            prometheus.Counter
	inputFailures                   prometheus.Counter
	reloadsFailed                   prometheus.Counter
	ruleSetInfo                     *prometheus.GaugeVec
	rules                           prometheus.Gauge
	active, epoch                   prometheus.Gauge
	takeOvers                       prometheus.Counter
	drift, discards                 *prometheus.CounterVec
}

// held is what the router holds at the moment.
type held struct{ leases, oldest, overdue, owed, inputs, halted func() int }

func newMetrics(registerer prometheus.Registerer, holds held) (*metrics, error) {
	b := &builder{registerer: registerer}
	m := &metrics{
		events:     b.counters("events_total", "Events that were decided, by kind.", "kind"),
		duplicates: b.counter("duplicates_total", "Events that had been decided before."),
		late:       b.counter("late_events_total", "Events that came too late to be acted on."),
		decisions:  b.counters("decisions_total", "Decisions by rule and outcome.", "rule", "outcome"),
		actions:    b.counters("action_states_total", "States that actions have reached.", "type", "state"),

		undecodable: b.counter("undecodable_messages_total", "Messages that held no event and became dead letters."),
		oversized:   b.counter("oversized_decisions_total", "Decisions that were too large to be kept and became dead letters."),
		unrecordable: b.counter("unrecordable_actions_total",
			"Actions that could not be recorded, were not done and became dead letters."),
		lostLetters: b.counter("lost_dead_letters_total", "Dead letters that the bus refused for good; the log has what they told."),
		history: b.counter("history_decisions_total",
			"Decisions that were dropped, because events decided before would be decided differently by other rules or without the state."),
		missed: b.counter("missed_messages_total", "Messages that had left the stream before they could be decided."),

		decidedSequence: b.gauge("decided_sequence", "Sequence of the last event that was decided."),
		lag:             b.gauge("lag_messages", "Messages on the stream that are not decided yet."),
		waiting:         b.gauge("waiting_judgements", "Judgements that wait for their cause."),
		keys:            b.gauge("keys", "Keys for which the rules keep state."),
		refusedKeys:     b.counter("refused_keys_total", "Times that a rule could not remember another key, because it has engine.max_keys_per_rule."),
		early:           b.counter("early_events_total", "Events that were judged before engine.reorder was over, because too many were held back."),

		snapshotTime:     b.histogram("snapshot_duration_seconds", "Time that a snapshot took, waiting for acknowledgements included."),
		snapshotBytes:    b.gauge("snapshot_bytes", "Length of the last snapshot."),
		snapshotAt:       b.gauge("snapshot_timestamp_seconds", "When the last snapshot was stored, in seconds since 1970."),
		snapshotFailures: b.counter("snapshot_failures_total", "Snapshots that could not be stored."),
		interruptions:    b.counter("interruptions_total", "Times that reading the events broke off and was begun again."),
		startsOver: b.counters("starts_over_total",
			"Times that the stream was decided from its beginning, by what was wrong with the snapshot.", "reason"),

		inputs: b.counters("inputs_total", "Inputs besides events that were taken, by type; those of former processes included that are taken again.", "type"),
		lostInputs: b.counter("lost_inputs_total",
			"Inputs that could not be recorded or read again, and times that their stream was lost."),
		inputFailures: b.counter("input_failures_total", "Times that recording an input failed; it is tried again, and nothing is decided meanwhile."),
		lostSets:      b.counter("lost_rule_sets_total", "Rule sets that decided before and are not kept as they were."),
		reloads:       b.counters("reloads_total", "Times that rules files were read again, by result: applied, unchanged or refused.", "result"),
		reloadsFailed: b.counter("reloads_failed_total", "Times that rules files were refused and the running set went on."),
		rules:         b.gauge("rules", "Rules in the set that decides."),

		active:    b.gauge("active", "1 in the process that decides, 0 in those that stand by."),
		epoch:     b.gauge("epoch", "Number of the time for which this process decides or decided last; the highest of all processes is the one that counts."),
		takeOvers: b.counter("take_overs_total", "Times that this process began to decide, its start included."),
	}
	m.drift = b.counters("lease_drift_total",
		"Differences between a lease and the vendor's state: overridden, gone, or orphaned (paused without a lease).", "kind")
	m.discards = b.counters("discards_total",
		"Records that cannot be read and messages that the bus will never take, passed over, by reason; the log names each.", "reason")
	b.numbers("active_leases", "Leases that are active now.", holds.leases)
	b.numbers("oldest_lease_seconds", "How long the oldest active lease has lasted, 0 without leases.", holds.oldest)
	b.numbers("overdue_leases",
		"Active leases that have been over for longer than leases.reconcile_every: what they hold is not undone.", holds.overdue)
	b.numbers("owed_messages", "States of actions and leases whose message is not on its stream yet.", holds.owed)
	b.numbers("actions_stopped", "1 while actions are stopped, by hand or by the configuration, else 0.", holds.halted)
	b.numbers("waiting_inputs", "Inputs besides events that are not recorded yet. While one cannot be, nothing is decided.", holds.inputs)
	m.ruleSetInfo = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: prefix + "rule_set_info", Help: "The rule set that decides, by its version; always 1.",
	}, []string{"version"})
	b.register(m.ruleSetInfo)
	if err := errors.Join(b.faults...); err != nil {
		return nil, fmt.Errorf("register metrics of the router: %w", err)
	}
	return m, nil
}

// ruleSet tells which rules decide.
func (m *metrics) ruleSet(version string, count int) {
	m.ruleSetInfo.Reset()
	m.ruleSetInfo.WithLabelValues(version).Set(1)
	m.rules.Set(float64(count))
}

// drifted counts a difference between a lease and the vendor's state.
func (m *metrics) drifted(kind action.Drift) { m.drift.WithLabelValues(string(kind)).Inc() }

// discarded counts what was passed over.
func (m *metrics) discarded(reason durable.Discard) { m.discards.WithLabelValues(string(reason)).Inc() }

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

// numbers registers a gauge of what f returns.
func (b *builder) numbers(name, help string, f func() int) {
	b.register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: prefix + name, Help: help},
		func() float64 { return float64(f()) }))
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
