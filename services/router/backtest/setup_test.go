package backtest_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/backtest"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

var base = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// quietRules pause an alert after one vote against it.
const quietRules = `
rules:
  - name: quiet
    mode: auto
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING
    key: [feedback.alert_id]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 6h}}]
`

func ruleSet(tb testing.TB, text string) *rule.Set {
	tb.Helper()
	set, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(text)}}, rule.Catalog{})
	require.NoError(tb, err)
	return set
}

func minute(n int) time.Time { return base.Add(time.Duration(n) * time.Minute) }

// newEvent is an event that occurred so many minutes after base.
func newEvent(id string, at int) *eventv1.Event {
	return &eventv1.Event{Id: id, Source: "anodot-prod", NativeId: id, OccurredAt: timestamppb.New(minute(at))}
}

func vote(id, alert string, at int, verdict eventv1.Verdict) *eventv1.Event {
	e := newEvent(id, at)
	e.Payload = &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{AlertId: alert, Verdict: verdict}}
	return e
}

func dislike(id, alert string, at int) *eventv1.Event {
	return vote(id, alert, at, eventv1.Verdict_VERDICT_NOT_INTERESTING)
}

func praise(id, alert string, at int) *eventv1.Event {
	return vote(id, alert, at, eventv1.Verdict_VERDICT_GOOD_CATCH)
}

func anomaly(id, alert string, at int) *eventv1.Event {
	e := newEvent(id, at)
	e.Payload = &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{AlertId: alert, Metric: "m" + alert}}
	return e
}

// told is what a run told of.
type told struct {
	lines       []string
	differences []string
	summary     *routerv1.BacktestSummary
}

// run runs rules over events, which arrive when they occur or are observed.
func run(t *testing.T, opts backtest.Options, events ...*eventv1.Event) told {
	t.Helper()
	var out told
	opts.Line = func(l *routerv1.BacktestLine) error {
		out.lines = append(out.lines, brief(l))
		return nil
	}
	opts.Difference = func(d *routerv1.BacktestDifference) error {
		out.differences = append(out.differences, briefDifference(d))
		return nil
	}
	r := backtest.New(opts)
	for i, e := range events {
		at := e.GetOccurredAt()
		if e.GetObservedAt() != nil {
			at = e.GetObservedAt()
		}
		require.NoError(t, r.Event(engine.Input{Event: e, Sequence: uint64(i + 1), Time: at.AsTime()}))
	}
	require.NoError(t, r.End())
	out.summary = r.Summary()
	return out
}

func options(t *testing.T, rules string) backtest.Options {
	t.Helper()
	return backtest.Options{Rules: ruleSet(t, rules), Settings: engine.Settings{MaxLateness: time.Hour}}
}

// brief is a line in short: minute, outcome, rule, key and actions.
func brief(l *routerv1.BacktestLine) string {
	parts := []string{minutes(l.GetTime().AsTime()), l.GetOutcome(), l.GetRule(), strings.Join(l.GetKey(), ",")}
	for _, a := range l.GetActions() {
		parts = append(parts, a.GetType(), a.GetTarget())
		if a.GetUntil() != nil {
			parts = append(parts, minutes(a.GetUntil().AsTime()))
		}
	}
	return strings.Join(parts, " ")
}

// minutes writes a time as minutes after base.
func minutes(t time.Time) string { return strconv.Itoa(int(t.Sub(base).Minutes())) }

func briefDifference(d *routerv1.BacktestDifference) string {
	place := func(p *routerv1.BacktestPlace) string {
		if p == nil {
			return "-"
		}
		return p.GetRule() + "@" + minutes(p.GetTime().AsTime())
	}
	return strings.Join([]string{
		backtest.ChangeName(d.GetChange()), d.GetType(), d.GetTarget(), place(d.GetNow()), place(d.GetWas()),
	}, " ")
}
