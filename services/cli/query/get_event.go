package query

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
)

func eventGet() get[*eventv1.Event] {
	return get[*eventv1.Event]{
		noun: "event", describe: describeEvent,
		fetch: func(ctx context.Context, c queryv1.QueryServiceClient, id string) (*eventv1.Event, error) {
			answer, err := c.GetEvent(ctx, &queryv1.GetEventRequest{Id: id})
			return answer.GetEvent(), err
		},
		help: help{
			short: "Show one event with everything it carries",
			long:  `Show one event with everything it carries. Its id is in events list.`,
			example: `  signalbox events get 5v2mj3q6x7k4w5e2r3t4y5u6i7
  signalbox events get 5v2mj3q6x7k4w5e2r3t4y5u6i7 --output json | jq .`,
		},
	}
}

// describeEvent returns what an event says.
func describeEvent(e *eventv1.Event) *facts {
	f := &facts{}
	f.say("id", e.GetId())
	f.say("source", e.GetSource())
	f.say("vendor", event.VendorName(e.GetVendor()))
	f.say("native id", e.GetNativeId())
	f.say("occurred at", moment(e.GetOccurredAt()))
	f.say("observed at", moment(e.GetObservedAt()))
	f.say("entity", e.GetEntity())
	f.say("severity", event.SeverityName(e.GetSeverity()))
	f.say("title", e.GetTitle())
	f.say("url", e.GetUrl())
	f.say("kind", string(event.KindOf(e)))
	f.payload(e)
	for _, name := range slices.Sorted(maps.Keys(e.GetLabels())) {
		f.say("label "+name, e.GetLabels()[name])
	}
	f.say("raw", e.GetRaw())
	return f
}

func (f *facts) payload(e *eventv1.Event) {
	switch payload := e.GetPayload().(type) {
	case *eventv1.Event_Anomaly:
		f.anomaly(payload.Anomaly)
	case *eventv1.Event_Feedback:
		said := payload.Feedback
		f.say("verdict", word(said.GetVerdict(), "VERDICT_"))
		f.say("user", said.GetUser())
		f.say("comment", said.GetComment())
		f.say("alert id", said.GetAlertId())
		f.say("alert title", said.GetAlertTitle())
		f.say("anomaly id", said.GetAnomalyId())
	case *eventv1.Event_Traffic:
		f.say("window start", moment(payload.Traffic.GetWindowStart()))
		f.say("window end", moment(payload.Traffic.GetWindowEnd()))
		for _, name := range slices.Sorted(maps.Keys(payload.Traffic.GetMeasures())) {
			f.say("measure "+name, number(payload.Traffic.GetMeasures()[name]))
		}
	}
}

func (f *facts) anomaly(a *eventv1.Anomaly) {
	f.say("metric", a.GetMetric())
	f.say("value", number(a.GetValue()))
	if a.ExpectedLower != nil {
		f.say("expected from", number(a.GetExpectedLower()))
	}
	if a.ExpectedUpper != nil {
		f.say("expected to", number(a.GetExpectedUpper()))
	}
	f.say("score", number(a.GetScore()))
	f.say("phase", word(a.GetPhase(), "PHASE_"))
	f.say("direction", word(a.GetDirection(), "DIRECTION_"))
	f.say("detector", a.GetDetector())
	f.say("alert id", a.GetAlertId())
	f.say("anomaly id", a.GetAnomalyId())
	f.say("started at", moment(a.GetStartedAt()))
	f.say("ended at", moment(a.GetEndedAt()))
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
