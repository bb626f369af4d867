package query_test

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	deadv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/dead/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

// box is a query server with a few records of each kind.
func box() *server {
	return &server{
		events: events(), decisions: decisions(), actions: actions(), leases: leases(), sources: sources(), alerts: alerts(), dead: dead(),
	}
}

func events() []*eventv1.Event {
	return []*eventv1.Event{
		{
			Id: "aaaaaaaaaaaaaaaaaaaaaaaaaa", Source: "anomify-prod", Vendor: eventv1.Vendor_VENDOR_ANOMIFY,
			NativeId: "7786", OccurredAt: at(3), ObservedAt: at(4), Entity: "metric:shop.spring-sale.conversions",
			Severity: eventv1.Severity_SEVERITY_HIGH, Labels: map[string]string{"site": "shop", "campaign": "spring-sale"},
			Title: "shop.spring-sale.conversions is 11, expected 38 to 52, and this line goes on beyond every table",
			Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{
				Metric: "shop.spring-sale.conversions", AnomalyId: "7786", Detector: "anomify", Score: 0.97, Value: 11,
				ExpectedLower: proto.Float64(38), ExpectedUpper: proto.Float64(52),
				Direction: eventv1.Direction_DIRECTION_DOWN, Phase: eventv1.Phase_PHASE_OPEN, StartedAt: at(3),
			}},
		},
		{
			Id: "bbbbbbbbbbbbbbbbbbbbbbbbbb", Source: "anodot-prod", Vendor: eventv1.Vendor_VENDOR_ANODOT,
			NativeId: "f1/a1", OccurredAt: at(2), Entity: "alert:a1",
			Title: "ana says\tnot interesting:\n\x1b[31mCheckout drop", Url: "https://app.anodot.com/#!/anomalies",
			Payload: &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{
				Verdict: eventv1.Verdict_VERDICT_NOT_INTERESTING, User: "ana@example.com", AlertId: "a1",
				Comment: "Third time today,\nthe funnel is fine.", AlertTitle: "Checkout drop",
			}},
		},
		{
			Id: "cccccccccccccccccccccccccc", Source: "website", Vendor: eventv1.Vendor_VENDOR_ANALYTICS,
			NativeId: "shop", OccurredAt: at(1), Entity: "site:shop",
			Payload: &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{
				WindowStart: at(0), WindowEnd: at(1), Measures: map[string]float64{"visitors": 61, "bounce_ratio": 0.125},
			}},
		},
	}
}

func decisions() []*decisionv1.Decision {
	return []*decisionv1.Decision{
		{
			Id: "d1", Rule: "quiet-alert-disliked-twice", Outcome: decisionv1.Outcome_OUTCOME_FIRED, EventId: "bbb",
			Time: at(2), Detail: "count 2 of 2", Source: "anodot-prod", Entity: "alert:a1", Sequence: 7,
			Key:     []string{"anodot-prod", "a1"},
			Actions: []*decisionv1.ActionRef{{Id: "x1", Type: "pause_alert", Target: "alert:a1", Until: at(30)}},
		},
		{Id: "d2", Rule: "watch-campaigns-that-bots-shake", Outcome: decisionv1.Outcome_OUTCOME_HELD_COOLDOWN, Time: at(1), Detail: "cooldown until 2026-03-01T10:00:00Z"},
		{Id: "d3", Outcome: decisionv1.Outcome_OUTCOME_LATE, Time: at(0), Detail: "1h2m late of at most 1h"},
	}
}

func actions() []*actionv1.Action {
	return []*actionv1.Action{
		{
			Id: "x1", Rule: "quiet-alert-disliked-twice", Source: "anodot-prod", Type: "pause_alert",
			Target: "alert:6d59552d-7d61-44ae-bf20-2d39555af8c7", State: actionv1.State_STATE_DONE, Attempts: 1, UpdatedAt: at(3),
			Operation: &actionv1.Action_PauseAlert{PauseAlert: &actionv1.PauseAlert{AlertId: "6d59552d-7d61-44ae-bf20-2d39555af8c7", Until: at(30)}},
		},
		{
			Id: "x3", Rule: "bots", Source: "anomify-prod", Type: "create_watcher", Target: "watcher:bots", State: actionv1.State_STATE_AWAITING_APPROVAL,
			DecisionId: "d4", EventId: "e4", Key: []string{"shop", "spring"}, CreatedAt: at(1), UpdatedAt: at(1), ExpiresAt: at(90),
			Operation: &actionv1.Action_CreateWatcher{CreateWatcher: &actionv1.CreateWatcher{
				Name: "bots", Chips: []string{"shop.a", "shop.b"}, Alert: true, For: durationpb.New(90 * time.Minute),
			}},
		},
		{
			Id: "x4", Source: "signalbox", Type: "publish", Target: "subject:pager", State: actionv1.State_STATE_DONE, UpdatedAt: at(1),
			Operation: &actionv1.Action_Publish{Publish: &actionv1.Publish{Subject: "pager", Fields: map[string]string{"site": "shop", "alert": "a1"}}},
		},
		{
			Id: "x5", Source: "anodot-prod", Type: "update_alert", Target: "alert:a1", State: actionv1.State_STATE_PENDING, UpdatedAt: at(1),
			Operation: &actionv1.Action_UpdateAlert{UpdateAlert: &actionv1.UpdateAlert{AlertId: "a1", Configuration: &structpb.Struct{
				Fields: map[string]*structpb.Value{"title": structpb.NewStringValue("Checkout")},
			}}},
		},
		{
			Id: "x2", Source: "anomify-prod", Type: "create_watcher", Target: "watcher:bots on spring-sale [sb-3f9a1c]",
			State: actionv1.State_STATE_FAILED, Attempts: 9, UpdatedAt: at(2), Detail: "given up after 15m: the vendor answered 503 Service Unavailable",
		},
	}
}

func leases() []*actionv1.Lease {
	return []*actionv1.Lease{
		{Id: "l1", Source: "anodot-prod", Target: "alert:a1", State: actionv1.LeaseState_LEASE_STATE_ACTIVE, Reason: "rule quiet-alert-disliked-twice", TakenAt: at(2), Until: at(30)},
		{Id: "l2", Source: "anodot-prod", Target: "alert:a2", State: actionv1.LeaseState_LEASE_STATE_ENDED, Reason: "its time is over", TakenAt: at(0), Until: at(9), EndedAt: at(10)},
	}
}

func dead() []*deadv1.DeadLetter {
	return []*deadv1.DeadLetter{
		{
			Id: "41", Time: at(2), Area: "poller", Reason: "invalid_row", Subject: "reports",
			Detail: "row 3 of report bot-traffic: hour: no time: \x1b[31mlater", Data: []byte("{\"hour\":\n\"later\"}"),
		},
		{
			Id: "7", Time: at(1), Area: "router", Reason: "undecodable", Subject: "signalbox.event.anomaly.anodot.prod.none",
			Detail: "decode event: no id", Stream: "SIGNALBOX_EVENTS", Sequence: 12, Data: []byte{0xff, 0},
			Header: map[string]string{"ce-id": "x", "content-type": "application/protobuf"},
		},
	}
}

func alerts() []*sourcev1.Alert {
	return []*sourcev1.Alert{
		{Source: "anodot-prod", Id: "6d59552d-7d61-44ae-bf20-2d39555af8c7", Title: "Checkout conversion drop", Severity: "critical", Labels: []string{"revenue", "shop"}, Paused: true},
		{Source: "anodot-prod", Id: "7", Title: "two\nlines"},
	}
}

func sources() []*sourcev1.Source {
	return []*sourcev1.Source{
		{
			Name: "anodot-prod", Vendor: eventv1.Vendor_VENDOR_ANODOT, PolledAt: at(4), Cursor: at(1), EventsPublished: 3,
			Error: "anodot-prod: list feedback: 401 Unauthorized: the refresh token is refused; make another one in the account and restart",
		},
		{Name: "website", Vendor: eventv1.Vendor_VENDOR_ANALYTICS, Healthy: true, PolledAt: at(4), Cursor: at(4), EventsPublished: 12345, RecordsRejected: 1},
	}
}
