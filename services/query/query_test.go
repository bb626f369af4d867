package query_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
	"github.com/signalbox-io/signalbox/services/query"
)

func newDecision(id, rule string, outcome decisionv1.Outcome) *decisionv1.Decision {
	return &decisionv1.Decision{Id: id, Rule: rule, Outcome: outcome, EventId: "e", Time: timestamppb.New(noon())}
}

func newAction(id string, state actionv1.State) *actionv1.Action {
	return &actionv1.Action{
		Id: id, Rule: "quiet", Source: "anodot-prod", Type: "pause_alert", Target: "alert:41", State: state,
		CreatedAt: timestamppb.New(noon()), UpdatedAt: timestamppb.New(noon()),
		Operation: &actionv1.Action_PauseAlert{PauseAlert: &actionv1.PauseAlert{AlertId: "41"}},
	}
}

func newLease(id string, state actionv1.LeaseState) *actionv1.Lease {
	return &actionv1.Lease{
		Id: id, Source: "anodot-prod", Target: "alert:41", State: state,
		TakenAt: timestamppb.New(noon()), UpdatedAt: timestamppb.New(noon()),
		Holders: []*actionv1.Holder{{Rule: "quiet", ActionId: "a1"}},
	}
}

// publishOthers puts two decisions, actions and leases on the streams.
func (r *rig) publishOthers() {
	r.t.Helper()
	ctx := r.t.Context()
	require.NoError(r.t, r.bus.PublishDecision(ctx, newDecision("d1", "quiet", decisionv1.Outcome_OUTCOME_FIRED)))
	require.NoError(r.t, r.bus.PublishDecision(ctx, newDecision("d2", "quiet", decisionv1.Outcome_OUTCOME_HELD_COOLDOWN)))
	require.NoError(r.t, r.bus.PublishAction(ctx, newAction("a1", actionv1.State_STATE_DONE)))
	require.NoError(r.t, r.bus.PublishAction(ctx, newAction("a2", actionv1.State_STATE_FAILED)))
	require.NoError(r.t, r.bus.PublishLease(ctx, newLease("l1", actionv1.LeaseState_LEASE_STATE_ACTIVE)))
	require.NoError(r.t, r.bus.PublishLease(ctx, newLease("l2", actionv1.LeaseState_LEASE_STATE_ENDED)))
	require.Eventually(r.t, func() bool {
		decisions, err := r.client.ListDecisions(ctx, &queryv1.ListDecisionsRequest{})
		require.NoError(r.t, err)
		leases, err := r.client.ListLeases(ctx, &queryv1.ListLeasesRequest{})
		require.NoError(r.t, err)
		return len(decisions.GetDecisions()) == 2 && len(leases.GetLeases()) == 2
	}, patience, tick)
}

func TestServer_ListsAndGetsOverGRPC(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx := t.Context()
	r.publish(newEvents(0, 3)...)
	r.publishOthers()

	require.Equal(t, []string{"n2", "n1", "n0"}, r.events(""), "newest first")
	got, err := r.client.GetEvent(ctx, &queryv1.GetEventRequest{Id: newEvent(1).GetId()})
	require.NoError(t, err)
	require.True(t, proto.Equal(newEvent(1), got.GetEvent()))

	decisions, err := r.client.ListDecisions(ctx, &queryv1.ListDecisionsRequest{Filter: "decision.outcome == HELD_COOLDOWN"})
	require.NoError(t, err)
	require.Len(t, decisions.GetDecisions(), 1)
	require.Equal(t, "d2", decisions.GetDecisions()[0].GetId())
	decision, err := r.client.GetDecision(ctx, &queryv1.GetDecisionRequest{Id: "d2"})
	require.NoError(t, err)
	require.True(t, proto.Equal(decisions.GetDecisions()[0], decision.GetDecision()))
	action, err := r.client.GetAction(ctx, &queryv1.GetActionRequest{Id: "a2"})
	require.NoError(t, err)
	require.True(t, proto.Equal(newAction("a2", actionv1.State_STATE_FAILED), action.GetAction()))
	actions, err := r.client.ListActions(ctx, &queryv1.ListActionsRequest{Filter: `action.state == FAILED && action.type == "pause_alert"`})
	require.NoError(t, err)
	require.Len(t, actions.GetActions(), 1)
	require.True(t, proto.Equal(newAction("a2", actionv1.State_STATE_FAILED), actions.GetActions()[0]))
	leases, err := r.client.ListLeases(ctx, &queryv1.ListLeasesRequest{Filter: `lease.state == ACTIVE && lease.holders.exists(h, h.rule == "quiet")`})
	require.NoError(t, err)
	require.Len(t, leases.GetLeases(), 1)
	require.Equal(t, "l1", leases.GetLeases()[0].GetId())
}

func TestServer_ListsAndGetsOverREST(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.publish(newEvents(0, 3)...)
	r.publishOthers()

	code, page := r.get("/v1/events?page_size=1&filter=" + "traffic.measures.visitors%20%3C%202")
	require.Equal(t, http.StatusOK, code)
	require.Len(t, page["events"], 1)
	event := page["events"].([]any)[0].(map[string]any)
	require.Equal(t, "n1", event["nativeId"])
	require.Equal(t, "SEVERITY_HIGH", event["severity"])
	require.Equal(t, "2026-03-01T12:00:01Z", event["occurredAt"])
	require.Empty(t, event["url"])
	require.Contains(t, event, "url", "what is empty is written out")
	code, page = r.get("/v1/events?page_size=1&page_token=" + page["nextPageToken"].(string) +
		"&filter=traffic.measures.visitors%20%3C%202")
	require.Equal(t, http.StatusOK, code, page)
	require.Equal(t, "n0", page["events"].([]any)[0].(map[string]any)["nativeId"])
	require.Empty(t, page["nextPageToken"])

	code, one := r.get("/v1/events/" + newEvent(2).GetId())
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "n2", one["event"].(map[string]any)["nativeId"])
	for path, id := range map[string]string{"decision": "d2", "action": "a2"} {
		code, one = r.get("/v1/" + path + "s/" + id)
		require.Equal(t, http.StatusOK, code)
		require.Equal(t, id, one[path].(map[string]any)["id"])
	}
	for path, filter := range map[string]string{
		"decisions": "decision.outcome == FIRED", "actions": "action.state == DONE", "leases": "lease.state == ACTIVE",
	} {
		code, page = r.get("/v1/" + path + filtered(filter))
		require.Equal(t, http.StatusOK, code)
		require.Len(t, page[path], 1, path)
	}
	code, page = r.get("/v1/sources")
	require.Equal(t, http.StatusOK, code)
	require.Len(t, page["sources"], 2)
	code, page = r.get("/v1/leases" + filtered(`lease.source == "nobody"`))
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, map[string]any{"leases": []any{}, "nextPageToken": ""}, page, "an empty list is one")
}

func TestGet_UnknownIDIsNotFound(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, err := r.client.GetEvent(t.Context(), &queryv1.GetEventRequest{Id: "nobody"})
	require.Equal(t, codes.NotFound, status.Code(err))
	require.Equal(t, query.ReasonNotFound, rpc.Reason(err))
	require.Equal(t, map[string]string{"id": "nobody"}, rpc.Metadata(err))
	_, err = r.client.GetEvent(t.Context(), &queryv1.GetEventRequest{})
	requireField(t, err, "id")
	_, err = r.client.GetDecision(t.Context(), &queryv1.GetDecisionRequest{Id: newEvent(1).GetId()})
	require.ErrorContains(t, err, "no decision")
	require.Equal(t, query.ReasonNotFound, rpc.Reason(err))
	_, err = r.client.GetAction(t.Context(), &queryv1.GetActionRequest{Id: "nobody"})
	require.ErrorContains(t, err, "no action")
	require.Equal(t, query.ReasonNotFound, rpc.Reason(err))

	code, body := r.get("/v1/events/nobody")
	require.Equal(t, http.StatusNotFound, code)
	require.InDelta(t, int(codes.NotFound), body["code"], 0)
	detail := body["details"].([]any)[0].(map[string]any)
	require.Equal(t, "type.googleapis.com/google.rpc.ErrorInfo", detail["@type"])
	require.Equal(t, "NOT_FOUND", detail["reason"])
}

func TestListSources_JoinsConfigurationAndBus(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	told := &sourcev1.Source{
		Name: "website", Vendor: eventv1.Vendor_VENDOR_ANALYTICS, Healthy: true, PolledAt: timestamppb.New(noon()), EventsPublished: 7,
	}
	elsewhere := &sourcev1.Source{Name: "zz-elsewhere", Error: "Token Mismatch"}
	for _, source := range []*sourcev1.Source{told, elsewhere} {
		data, err := proto.Marshal(source)
		require.NoError(t, err)
		_, err = r.bus.Sources().Put(t.Context(), source.GetName(), data)
		require.NoError(t, err)
	}
	_, err := r.bus.Sources().Put(t.Context(), "broken", []byte("<html>"))
	require.NoError(t, err)

	answer, err := r.client.ListSources(t.Context(), &queryv1.ListSourcesRequest{})
	require.NoError(t, err)
	list := answer.GetSources()
	require.Len(t, list, 4)
	require.True(t, proto.Equal(&sourcev1.Source{
		Name: "anodot-prod", Vendor: eventv1.Vendor_VENDOR_ANODOT, Error: "not polled yet",
	}, list[0]), list[0])
	require.Equal(t, "broken", list[1].GetName())
	require.Contains(t, list[1].GetError(), "cannot be read")
	require.True(t, proto.Equal(told, list[2]), list[2])
	require.True(t, proto.Equal(elsewhere, list[3]), list[3])
}

func TestServer_RestartRebuildsTheSameLists(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, path string){
		"kept": func(*testing.T, string) {},
		"deleted": func(t *testing.T, path string) {
			t.Helper()
			for _, suffix := range []string{"", "-wal", "-shm"} {
				require.NoError(t, os.RemoveAll(path+suffix))
			}
		},
		"damaged": func(t *testing.T, path string) {
			t.Helper()
			require.NoError(t, os.WriteFile(path, []byte("this is no database, whoever says so"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.publish(newEvents(0, 60)...)
			r.publishOthers()
			ask := func() []proto.Message {
				events, err := r.client.ListEvents(t.Context(), &queryv1.ListEventsRequest{PageSize: 1000})
				require.NoError(t, err)
				decisions, err := r.client.ListDecisions(t.Context(), &queryv1.ListDecisionsRequest{})
				require.NoError(t, err)
				actions, err := r.client.ListActions(t.Context(), &queryv1.ListActionsRequest{})
				require.NoError(t, err)
				leases, err := r.client.ListLeases(t.Context(), &queryv1.ListLeasesRequest{})
				require.NoError(t, err)
				return []proto.Message{events, decisions, actions, leases}
			}
			before := ask()
			r.stop()
			spoil(t, r.cfg.Query.SQLitePath)
			r.start()
			require.Eventually(t, func() bool { return r.health.Report().Ready }, patience, tick)
			for i, after := range ask() {
				require.True(t, proto.Equal(before[i], after), after)
			}
		})
	}
}

func TestServer_ExpiresWhatIsOlderThanItsRetention(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(cfg *config.Config) { cfg.Query.Retention = 1500 * time.Millisecond })
	require.NoError(t, r.bus.PublishLease(t.Context(), newLease("l1", actionv1.LeaseState_LEASE_STATE_ACTIVE)))
	bustest.Publish(t, r.bus, newEvents(0, 1200)...)
	require.Eventually(t, func() bool { return r.metric("signalbox_query_records_expired_total") == 1200 }, patience, tick)
	require.Empty(t, r.events(""))
	leases, err := r.client.ListLeases(t.Context(), &queryv1.ListLeasesRequest{})
	require.NoError(t, err)
	require.Len(t, leases.GetLeases(), 1, "what is open stays")
}

func TestServer_IsUnavailableOutsideItsLife(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	require.NoError(t, r.service.Stop(t.Context()))
	_, err := r.client.ListEvents(t.Context(), &queryv1.ListEventsRequest{})
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.Equal(t, query.ReasonReadModelUnavailable, rpc.Reason(err))
	watch, err := r.client.WatchEvents(t.Context(), &queryv1.WatchEventsRequest{})
	require.NoError(t, err)
	_, err = watch.Recv()
	require.Equal(t, rpc.ReasonStopping, rpc.Reason(err))
	code, _ := r.get("/v1/events")
	require.Equal(t, http.StatusServiceUnavailable, code)
}

// requireField requires an InvalidArgument error about the field.
func requireField(t *testing.T, err error, field string) {
	t.Helper()
	require.Equal(t, codes.InvalidArgument, status.Code(err), "%v", err)
	require.Equal(t, rpc.ReasonInvalidField, rpc.Reason(err))
	require.Equal(t, map[string]string{"field": field}, rpc.Metadata(err))
}

// metric returns the value of a metric without labels.
func (r *rig) metric(name string) int {
	r.t.Helper()
	families, err := r.registry.Gather()
	require.NoError(r.t, err)
	for _, family := range families {
		if family.GetName() == name {
			one := family.GetMetric()[0]
			return int(one.GetCounter().GetValue() + one.GetGauge().GetValue())
		}
	}
	return 0
}
