package query_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
)

func TestListEvents_Filters(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bare := newEvent(0)
	bare.Labels, bare.Severity = nil, eventv1.Severity_SEVERITY_UNSPECIFIED
	other := newEvent(1)
	other.Labels["site"] = "forum"
	feedback := &eventv1.Event{
		Id: event.ID("anodot-prod", "f", ""), Source: "anodot-prod", Vendor: eventv1.Vendor_VENDOR_ANODOT, NativeId: "f",
		OccurredAt: newEvent(3).GetOccurredAt(), Entity: "alert:41",
		Payload: &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{Verdict: eventv1.Verdict_VERDICT_NOT_INTERESTING}},
	}
	r.publish(bare, other, newEvent(2), feedback)
	for filter, want := range map[string][]string{
		"":                                     {"f", "n2", "n1", "n0"},
		" \n ":                                 {"f", "n2", "n1", "n0"},
		`labels.site == "shop"`:                {"n2"},
		`labels.site != "shop"`:                {"n1"}, // an absent label is no other label
		`!(labels.site == "shop")`:             {"n1"},
		`!has(labels.site)`:                    {"f", "n0"},
		`event.severity == HIGH`:               {"n2", "n1"},
		`event.severity == UNSPECIFIED`:        {"f", "n0"},
		`event.vendor in [ANODOT, ANURA]`:      {"f"},
		`feedback.verdict == NOT_INTERESTING`:  {"f"},
		`traffic.measures.visitors >= 1`:       {"n2", "n1"},
		`1 / traffic.measures.visitors == 1.0`: {"n1"}, // division by zero is no match
		`event.occurred_at > timestamp("2026-03-01T12:00:01Z")`: {"f", "n2"},
		`event.native_id == "nobody"`:                           {},
	} {
		require.Equal(t, want, r.events(filter), "filter %q", filter)
	}
}

func TestLists_SayWhereAFilterIsWrong(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx := t.Context()
	for filter, want := range map[string]string{
		"event.id ==":                       "filter: 1:12: ",
		"event.id != '' &&\n evnt.id == ''": "filter: 2:2: unknown name evnt.id: did you mean event.id?",
		"event.vendor == CRITICAL":          "filter: 1:14: == does not apply to (Vendor, Severity)",
		"event.source":                      "filter: 1:1: expected a condition (bool), got string",
		"decision.rule == 'x'":              "filter: 1:1: unknown name decision",
		strings.Repeat("(", 20_000):         "filter: 1:1: ",
	} {
		_, err := r.client.ListEvents(ctx, &queryv1.ListEventsRequest{Filter: filter})
		requireField(t, err, "filter")
		require.ErrorContains(t, err, want)
		require.Less(t, len(err.Error()), 3000)
	}
	_, err := r.client.ListDecisions(ctx, &queryv1.ListDecisionsRequest{Filter: "decision.outcome == DONE"})
	requireField(t, err, "filter")
	_, err = r.client.ListActions(ctx, &queryv1.ListActionsRequest{Filter: "action.stat == DONE"})
	requireField(t, err, "filter")
	_, err = r.client.ListLeases(ctx, &queryv1.ListLeasesRequest{Filter: "event.id == ''"})
	requireField(t, err, "filter")
	watch, err := r.client.WatchEvents(ctx, &queryv1.WatchEventsRequest{Filter: "event.id =="})
	require.NoError(t, err)
	_, err = watch.Recv()
	requireField(t, err, "filter")
}
