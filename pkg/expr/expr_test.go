package expr_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

func anomaly() *eventv1.Event {
	return &eventv1.Event{
		Id: "a1", Source: "anomify-prod", Vendor: eventv1.Vendor_VENDOR_ANOMIFY,
		OccurredAt: timestamppb.New(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)),
		Entity:     "metric:web.5xx", Severity: eventv1.Severity_SEVERITY_CRITICAL,
		Labels: map[string]string{"site": "shop", "geo.country": "DE"},
		Title:  "5xx above range",
		Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{
			Metric: "web.5xx", Score: 1, Value: 250, ExpectedUpper: proto.Float64(0),
			Direction: eventv1.Direction_DIRECTION_UP, Phase: eventv1.Phase_PHASE_OPEN,
		}},
	}
}

func feedback() *eventv1.Event {
	return &eventv1.Event{
		Id: "f1", Source: "anodot-prod", Vendor: eventv1.Vendor_VENDOR_ANODOT,
		Payload: &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{
			Verdict: eventv1.Verdict_VERDICT_NOT_INTERESTING, AlertId: "41", User: "ann",
		}},
	}
}

func traffic() *eventv1.Event {
	return &eventv1.Event{
		Id: "t1", Source: "anura-prod",
		Payload: &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{
			Measures: map[string]float64{"total": 100, "invalid": 25, "nothing": 0},
		}},
	}
}

func TestEvent_Conditions(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text string
		on   *eventv1.Event
		want bool
	}{
		{`event.vendor == ANOMIFY`, anomaly(), true},
		{`event.vendor != ANOMIFY`, anomaly(), false},
		{`event.severity in [CRITICAL, HIGH]`, anomaly(), true},
		{`event.severity in [LOW, UNSPECIFIED]`, anomaly(), false},
		{`event.severity == UNSPECIFIED`, feedback(), true},
		{`UNSPECIFIED == event.severity`, anomaly(), false},
		{`has(event.severity)`, feedback(), false},
		{`anomaly.direction == UP && anomaly.phase == OPEN`, anomaly(), true},
		{`feedback.verdict == NOT_INTERESTING`, feedback(), true},
		{`anomaly.score == 1`, anomaly(), true},
		{`1 == anomaly.score`, anomaly(), true},
		{`anomaly.score != 1`, anomaly(), false},
		{`anomaly.score >= 1`, anomaly(), true},
		{`anomaly.score == -1`, anomaly(), false},
		{`anomaly.score in [1, 2]`, anomaly(), true},
		{`1 in [anomaly.score, 2]`, anomaly(), true},
		{`anomaly.value * 2 + 1 == 501`, anomaly(), true},
		{`anomaly.value > 100 * 2 + 49`, anomaly(), true},
		{`2 - anomaly.score == 1`, anomaly(), true},
		{`(anomaly.score > 0.5 ? anomaly.value : 0) == 250`, anomaly(), true},
		{`event.anomaly.score == 1`, anomaly(), true},
		{`event.labels.site == "shop"`, anomaly(), true},
		{`labels["geo.country"] == "DE"`, anomaly(), true},
		{`has(labels.site) && !has(labels.none)`, anomaly(), true},
		{`has(event.anomaly) && !has(event.feedback)`, anomaly(), true},
		{`has(anomaly.expected_upper) && !has(anomaly.expected_lower)`, anomaly(), true},
		{`has(anomaly.score)`, feedback(), false},
		{`has(traffic.measures.total)`, feedback(), false},
		{`has(traffic.measures.total)`, traffic(), true},
		{`labels.none == "x" || labels.site == "shop"`, anomaly(), true},
		{`labels.none == "x" && labels.site == "other"`, anomaly(), false},
		{`traffic.measures.invalid / traffic.measures.total >= 0.25`, traffic(), true},
		{`traffic.measures.invalid / 5 == 5`, traffic(), true},
		{`traffic.measures["total"] == 100`, traffic(), true},
		{`traffic.measures.exists(name, traffic.measures[name] == 25)`, traffic(), true},
		{`size(event.title) == 15`, anomaly(), true},
		{`event.title.matches("^5..")`, anomaly(), true},
		{`event.title.lowerAscii().split(" ")[1] == "above"`, anomaly(), true},
		{`event.title.replace("5xx", "errors").startsWith("errors")`, anomaly(), true},
		{`event.title.substring(4, 9) == "above" && event.title.indexOf("range") == 10`, anomaly(), true},
		{`["a", "b"].join("-") == "a-b" && " x ".trim().upperAscii() == "X"`, anomaly(), true},
		{`event.occurred_at > timestamp("2026-01-01T00:00:00Z")`, anomaly(), true},
		{`event.occurred_at.getHours("Europe/Berlin") == 4`, anomaly(), true},
		{`anomaly.score > 0.5 || feedback.verdict == GOOD_CATCH`, anomaly(), true},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			program, err := expr.Event(c.text, expr.Bool)
			require.NoError(t, err)
			got, err := program.Bool(expr.EventVars(c.on))
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestEvent_NoValue(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text string
		on   *eventv1.Event
	}{
		{`labels.none == "x"`, anomaly()},
		{`labels.none != "x"`, anomaly()},
		{`!(labels.none == "x")`, anomaly()},
		{`labels.none in ["x"]`, anomaly()},
		{`labels.none == "x" && labels.site == "shop"`, anomaly()},
		{`traffic.measures.none > 1`, traffic()},
		{`traffic.measures.total > 1`, anomaly()},
		{`anomaly.score >= 0`, feedback()},
		{`anomaly.expected_lower >= 0`, anomaly()},
		{`event.observed_at > event.occurred_at`, anomaly()},
		{`event.title.split(" ")[9] == "x"`, anomaly()},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			program, err := expr.Event(c.text, expr.Bool)
			require.NoError(t, err)
			_, err = program.Bool(expr.EventVars(c.on))
			require.ErrorIs(t, err, expr.ErrAbsent)
		})
	}
}

func TestEvent_DivisionByZeroIsAnError(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`traffic.measures.total / traffic.measures.nothing > 1`,
		`traffic.measures.nothing / traffic.measures.nothing > 1`,
		`traffic.measures.total / 0 > 1`,
		`1 / size(event.title) > 1`,
	} {
		program, err := expr.Event(text, expr.Bool)
		require.NoError(t, err, text)
		_, err = program.Bool(expr.EventVars(traffic()))
		require.ErrorIs(t, err, expr.ErrDivisionByZero, text)
		require.NotErrorIs(t, err, expr.ErrAbsent, text)
	}
}

func TestEvent_Faults(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text string
		kinds      []event.Kind
		line, col  int
		message    string
	}{
		{"empty", "  ", nil, 1, 1, "empty"},
		{"syntax", "event.id ==", nil, 1, 12, "the expression ends too early: expected a value or a name"},
		{"unknown variable", "1 < evnt.id", nil, 1, 5, "unknown name evnt.id: did you mean event.id?"},
		{"unknown variable far from any", "1 < nothing", nil, 1, 5, "unknown name nothing: expected anomaly, event, feedback, labels, traffic"},
		{"unknown field", "event.severty == HIGH", nil, 1, 6, "unknown field severty: expected id, source"},
		{"unknown field in has", "has(anomaly.scor)", nil, 1, 4, "unknown field scor: expected metric"},
		{"wrong type", "event.id == 1.0", nil, 1, 10, "== does not apply to (string, double)"},
		{"enum of another field", "event.vendor == CRITICAL", nil, 1, 14, "(Vendor, Severity)"},
		{"enum against text", `event.vendor == "anodot"`, nil, 1, 14, "(Vendor, string)"},
		{"no condition", "event.id", nil, 1, 1, "expected a condition (bool), got string"},
		{"other kind", "event.id != '' &&\n  anomaly.score > 1.0", []event.Kind{event.KindFeedback}, 2, 3, "anomaly is not available: the event is of kind feedback"},
		{"other kind through event", "event.anomaly.score > 1.0", []event.Kind{event.KindFeedback}, 1, 6, "anomaly is not available"},
		{"empty list", "event.id in []", nil, 1, 13, "empty list"},
		{"bad pattern", "event.id.matches('(')", nil, 1, 18, "matches does not take this pattern"},
		{"large pattern", "event.id.matches('((a{100}){100}){10}')", nil, 1, 18, "matches"},
		{"message literal", "signalbox.event.v1.Event{} == event", nil, 1, 25, "cannot be built"},
		{"shadowed variable", "['x'].exists(event, event == 'x')", nil, 1, 13, "choose another name"},
		{"deep nesting", strings.Repeat("(", 200) + "true" + strings.Repeat(")", 200), nil, 1, 1, ""},
		{"three loops", "[1].exists(a, [1].exists(b, [1].exists(c, a == b && b == c)))", nil, 1, 39, "nesting"},
		{"many nodes", "true" + strings.Repeat("||true", 2500), nil, 1, 1, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := expr.Event(c.text, expr.Bool, c.kinds...)
			var fault *expr.Error
			require.ErrorAs(t, err, &fault)
			require.Contains(t, err.Error(), c.message)
			if c.message != "" {
				require.Equal(t, []int{c.line, c.col}, []int{fault.Line, fault.Column}, err.Error())
			}
		})
	}
}

func TestEvent_SeveralFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := expr.Event("evnt.id == 'a' && labls.x == 'b'", expr.Bool)
	require.Len(t, expr.Faults(err), 2)
}

func TestEvent_WorkIsBounded(t *testing.T) {
	t.Parallel()
	e := anomaly()
	e.Raw = strings.Repeat("a", 60<<10)
	for _, text := range []string{
		`event.raw.split("").exists(x, event.raw.split("").exists(y, x == "b" && y == "b"))`,
		`event.raw.replace("a", event.raw).replace("a", event.raw) == ""`,
		`event.raw.split("").map(x, event.raw.split("")).size() == 1`,
	} {
		program, err := expr.Event(text, expr.Bool)
		require.NoError(t, err, text)
		_, err = program.Bool(expr.EventVars(e))
		require.Error(t, err, text)
		require.NotErrorIs(t, err, expr.ErrAbsent, text)
	}
}

func TestText_RendersEachSort(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		`labels.site`:                                     "shop",
		`event.severity`:                                  "CRITICAL",
		`anomaly.score`:                                   "1",
		`anomaly.value / 1000`:                            "0.25",
		`size(event.title)`:                               "15",
		`anomaly.score > 2`:                               "false",
		`event.occurred_at`:                               "2026-01-02T03:04:05Z",
		`event.occurred_at - event.occurred_at`:           "0s",
		`anomaly.value * 1e21`:                            "2.5e+23",
		`event.severity == CRITICAL ? "wake" : "sleep"`:   "wake",
		`event.occurred_at + duration("500ms")`:           "2026-01-02T03:04:05.5Z",
		`has(labels.none) ? labels.none : "no such site"`: "no such site",
	}
	for text, want := range cases {
		program, err := expr.Event(text, expr.Text)
		require.NoError(t, err, text)
		got, err := program.Text(expr.EventVars(anomaly()))
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	_, err := expr.Event(`labels`, expr.Text)
	require.ErrorContains(t, err, "expected a text, got map(string, string)")
}

func TestMessage_ReadsAnyMessage(t *testing.T) {
	t.Parallel()
	decision := &decisionv1.Decision{
		Rule: "pause", Outcome: decisionv1.Outcome_OUTCOME_FIRED, Key: []string{"shop"}, Sequence: 7,
		Time:    timestamppb.New(time.Unix(100, 0)),
		Actions: []*decisionv1.ActionRef{{Type: "pause_alert", Target: "alert:4"}},
	}
	lease := &actionv1.Lease{State: actionv1.LeaseState_LEASE_STATE_ACTIVE}
	action := &actionv1.Action{
		State:     actionv1.State_STATE_DONE,
		Operation: &actionv1.Action_Publish{Publish: &actionv1.Publish{Fields: map[string]string{"a": "b"}}},
	}
	cases := []struct {
		name string
		m    proto.Message
		text string
		want bool
	}{
		{"decision", decision, `decision.outcome == FIRED && decision.rule == "pause"`, true},
		{"decision", decision, `decision.outcome in [HELD_COUNT, LATE]`, false},
		{"decision", decision, `decision.key[0] == "shop" && decision.sequence == 7`, true},
		{"decision", decision, `decision.actions.exists(a, a.type == "pause_alert" && !has(a.until))`, true},
		{"decision", decision, `decision.time == timestamp(100)`, true},
		{"lease", lease, `lease.state == ACTIVE`, true},
		{"lease", lease, `has(lease.ended_at)`, false},
		{"action", action, `action.state == DONE && action.publish.fields.a == "b"`, true},
		{"action", action, `has(action.pause_alert)`, false},
	}
	for _, c := range cases {
		program, err := expr.Message(c.name, c.m, c.text, expr.Bool)
		require.NoError(t, err, c.text)
		got, err := program.Bool(expr.MessageVars(c.name, c.m))
		require.NoError(t, err, c.text)
		require.Equal(t, c.want, got, c.text)
	}
	program, err := expr.Message("action", action, `action.pause_alert.alert_id == "4"`, expr.Bool)
	require.NoError(t, err)
	_, err = program.Bool(expr.MessageVars("action", action))
	require.ErrorIs(t, err, expr.ErrAbsent)
}

func TestRow_NumbersAreDoubles(t *testing.T) {
	t.Parallel()
	vars := expr.RowVars(map[string]any{
		"campaign": "c-1", "visits": 200, "bots": int64(50), "rate": float32(0.5), "none": nil,
		"day": "2026-03-29 02:30:00", "stamp": uint32(1774750000), "millis": 1774750000123.0,
	})
	conditions := map[string]bool{
		`row.bots / row.visits == 0.25`:                 true,
		`row.bots * 100 / row.visits > 20`:              true,
		`row.bots == 50 && row["campaign"] == "c-1"`:    true,
		`row.rate + 1 == 1.5`:                           true,
		`row.bots in [49, 50]`:                          true,
		`has(row.none)`:                                 false,
		`row.campaign.startsWith("c-") && row.rate < 1`: true,
		`row.campaign.size() + 1 == 4`:                  true,
	}
	for text, want := range conditions {
		program, err := expr.Row(text, expr.Bool)
		require.NoError(t, err, text)
		got, err := program.Bool(vars)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	number, err := expr.Row(`row.bots / row.visits`, expr.Number)
	require.NoError(t, err)
	got, err := number.Number(vars)
	require.NoError(t, err)
	require.InDelta(t, 0.25, got, 0)

	for _, text := range []string{`row.none`, `row.nowhere`} {
		program, err := expr.Row(text, expr.Number)
		require.NoError(t, err)
		_, err = program.Number(vars)
		require.ErrorIs(t, err, expr.ErrAbsent, text)
	}
	wrong, err := expr.Row(`row.campaign`, expr.Number)
	require.NoError(t, err)
	_, err = wrong.Number(vars)
	require.ErrorContains(t, err, "expected a number, got string")
}

func TestRow_Times(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	vars := expr.RowVars(map[string]any{
		"naive": "2026-01-02 03:04:05", "zoned": "2026-01-02T03:04:05+02:00", "date": "2026-01-02",
		"seconds": 1767323045, "millis": 1767323045500.0, "word": "yesterday", "huge": 1e300,
	})
	cases := map[string]string{
		"row.naive":   "2026-01-02T02:04:05Z",
		"row.zoned":   "2026-01-02T01:04:05Z",
		"row.date":    "2026-01-01T23:00:00Z",
		"row.seconds": "2026-01-02T03:04:05Z",
		"row.millis":  "2026-01-02T03:04:05.5Z",
	}
	for text, want := range cases {
		program, err := expr.Row(text, expr.Time)
		require.NoError(t, err)
		got, err := program.Time(vars, berlin)
		require.NoError(t, err, text)
		require.Equal(t, want, got.Format(time.RFC3339Nano), text)
	}
	for _, text := range []string{"row.word", "row.huge"} {
		program, err := expr.Row(text, expr.Time)
		require.NoError(t, err)
		_, err = program.Time(vars, nil)
		require.ErrorContains(t, err, "is no time", text)
	}
}

func TestProgram_IsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	program, err := expr.Event(`labels.site == "shop" && anomaly.score in [1, 2]`, expr.Bool)
	require.NoError(t, err)
	results := make(chan bool)
	for range 8 {
		go func() {
			ok := true
			for range 200 {
				got, err := program.Bool(expr.EventVars(anomaly()))
				ok = ok && got && err == nil
			}
			results <- ok
		}()
	}
	for range 8 {
		require.True(t, <-results)
	}
}

func TestEvent_SaysWhatToWriteInstead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`feedback.verdict == "NOT_INTERESTING"`: "== does not apply to (Verdict, string): write the value without quotes",
		`"HIGH" == event.severity`:              "write the value without quotes",
		`labels.site = "shop"`:                  "= compares nothing: write ==",
	} {
		_, err := expr.Event(text, expr.Bool)
		require.ErrorContains(t, err, want, text)
	}
}
