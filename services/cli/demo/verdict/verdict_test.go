package verdict_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/cli/demo/verdict"
)

// good is an outcome as it must be.
func good() verdict.Outcome {
	var o verdict.Outcome
	for vendor, count := range map[eventv1.Vendor]int{
		eventv1.Vendor_VENDOR_ANURA: 2, eventv1.Vendor_VENDOR_ANALYTICS: 7, eventv1.Vendor_VENDOR_SECURE_REPORTER: 2,
		eventv1.Vendor_VENDOR_ANODOT: 3,
	} {
		for range count {
			o.Events = append(o.Events, &eventv1.Event{Vendor: vendor})
		}
	}
	for range 3 {
		o.Events = append(o.Events, opening())
	}
	o.Decisions = []*decisionv1.Decision{
		{Rule: verdict.RulePause, Outcome: decisionv1.Outcome_OUTCOME_HELD_COUNT},
		{Rule: verdict.RulePause, Outcome: decisionv1.Outcome_OUTCOME_FIRED},
		{Rule: verdict.RuleWatcher, Outcome: decisionv1.Outcome_OUTCOME_FIRED},
		{Rule: verdict.RuleWatcher, Outcome: decisionv1.Outcome_OUTCOME_HELD_COOLDOWN},
		{Rule: verdict.RuleShadow, Outcome: decisionv1.Outcome_OUTCOME_SHADOW},
		{Outcome: decisionv1.Outcome_OUTCOME_LATE},
	}
	for _, kind := range []string{"pause_alert", "create_watcher", "publish", "resume_alert"} {
		o.Actions = append(o.Actions, &actionv1.Action{Type: kind, State: actionv1.State_STATE_DONE})
	}
	o.Leases = []*actionv1.Lease{{State: actionv1.LeaseState_LEASE_STATE_ENDED}}
	for _, action := range []string{"pause", "resume", "create_watcher"} {
		o.Effects = append(o.Effects, verdict.Effect{Action: action, Changed: true})
	}
	return o
}

func opening() *eventv1.Event {
	return &eventv1.Event{Vendor: eventv1.Vendor_VENDOR_ANOMIFY, Payload: &eventv1.Event_Anomaly{
		Anomaly: &eventv1.Anomaly{Phase: eventv1.Phase_PHASE_OPEN},
	}}
}

func TestSteps_APushArrivesBesideWhatIsPolled(t *testing.T) {
	t.Parallel()
	o := good()
	o.Pushes = 1
	require.Equal(t, []verdict.Step{{Name: "events of Anodot arrive", Seen: "3 events, wanted 4"}}, verdict.Missing(o.Steps()))
	o.Events = append(o.Events, &eventv1.Event{Vendor: eventv1.Vendor_VENDOR_ANODOT})
	require.Empty(t, verdict.Missing(o.Steps()))
}

func TestSteps_AGoodOutcomeMissesNothing(t *testing.T) {
	t.Parallel()
	o := good()
	require.Len(t, o.Steps(), 17)
	require.Empty(t, verdict.Missing(o.Steps()))

	o.Events = append(o.Events, &eventv1.Event{Vendor: eventv1.Vendor_VENDOR_ANOMIFY, Payload: &eventv1.Event_Anomaly{
		Anomaly: &eventv1.Anomaly{Phase: eventv1.Phase_PHASE_CLOSED},
	}})
	o.Effects = append(o.Effects, verdict.Effect{Action: "pause"})
	require.Empty(t, verdict.Missing(o.Steps()), "the end of an anomaly and a call without an effect are no faults")
}

func TestSteps_NothingIsNothing(t *testing.T) {
	t.Parallel()
	steps := verdict.Outcome{}.Steps()
	require.Len(t, verdict.Missing(steps), len(steps))
	for _, step := range steps {
		require.NotEmpty(t, step.Name)
		require.NotEmpty(t, step.Seen)
	}
}

// Whatever is taken away or done twice is seen, and nothing else is.
func TestSteps_SeeWhatIsMissingOrDoubled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(*verdict.Outcome)
		step  string
		seen  string
	}{
		"no Anura":     {without(eventv1.Vendor_VENDOR_ANURA), "events of Anura arrive", "1 events, wanted at least 2"},
		"no Analytics": {without(eventv1.Vendor_VENDOR_ANALYTICS, 6), "events of Analytics arrive", "1 events, wanted at least 2"},
		"no report":    {without(eventv1.Vendor_VENDOR_SECURE_REPORTER), "events of Secure Reporter arrive", "1 events, wanted at least 2"},
		"lost verdict": {without(eventv1.Vendor_VENDOR_ANODOT), "events of Anodot arrive", "2 events, wanted 3"},
		"lost anomaly": {without(eventv1.Vendor_VENDOR_ANOMIFY), "events of Anomify arrive", "2 events, wanted 3"},
		"verdict twice": {func(o *verdict.Outcome) {
			o.Events = append(o.Events, &eventv1.Event{Vendor: eventv1.Vendor_VENDOR_ANODOT})
		}, "events of Anodot arrive", "4 events, wanted 3"},
		"anomaly twice": {func(o *verdict.Outcome) { o.Events = append(o.Events, opening()) }, "events of Anomify arrive", "4 events, wanted 3"},

		"no pause decided":    {undecided(1), "the disliked alert is paused by rule " + verdict.RulePause, "0 decisions FIRED, wanted 1"},
		"pause decided twice": {redecided(1), "the disliked alert is paused by rule " + verdict.RulePause, "2 decisions FIRED, wanted 1"},
		"no watcher decided":  {undecided(2), "a watcher is asked for by rule " + verdict.RuleWatcher, "0 decisions FIRED, wanted 1"},
		"two watchers":        {redecided(2), "a watcher is asked for by rule " + verdict.RuleWatcher, "2 decisions FIRED, wanted 1"},
		"no cooldown":         {undecided(3), "a second watcher is held by the cooldown", "0 decisions HELD_COOLDOWN, wanted 1"},
		"no shadow":           {undecided(4), "rule " + verdict.RuleShadow + " decides in shadow mode", "0 decisions SHADOW, wanted 1"},
		"shadow twice":        {redecided(4), "rule " + verdict.RuleShadow + " decides in shadow mode", "2 decisions SHADOW, wanted 1"},

		"action lost":   {func(o *verdict.Outcome) { o.Actions = o.Actions[1:] }, "action pause_alert is done", "0 done, 0 in another state, wanted 1 done"},
		"action failed": {func(o *verdict.Outcome) { o.Actions[3].State = actionv1.State_STATE_FAILED }, "action resume_alert is done", "0 done, 1 in another state, wanted 1 done"},
		"action again": {func(o *verdict.Outcome) {
			o.Actions = append(o.Actions, &actionv1.Action{Type: "create_watcher", State: actionv1.State_STATE_DONE})
		}, "action create_watcher is done", "2 done, 0 in another state, wanted 1 done"},
		"action besides": {func(o *verdict.Outcome) {
			o.Actions = append(o.Actions, &actionv1.Action{Type: "publish", State: actionv1.State_STATE_PENDING})
		}, "action publish is done", "1 done, 1 in another state, wanted 1 done"},

		"no lease":     {func(o *verdict.Outcome) { o.Leases = nil }, "the lease ended in time", "no lease"},
		"lease active": {func(o *verdict.Outcome) { o.Leases[0].State = actionv1.LeaseState_LEASE_STATE_ACTIVE }, "the lease ended in time", "the lease is ACTIVE"},
		"two leases":   {func(o *verdict.Outcome) { o.Leases = append(o.Leases, o.Leases[0]) }, "the lease ended in time", "2 leases, wanted 1"},

		"no pause":       {func(o *verdict.Outcome) { o.Effects[0].Changed = false }, "Anodot paused the alert once", "0 effects, wanted 1"},
		"paused twice":   {func(o *verdict.Outcome) { o.Effects = append(o.Effects, o.Effects[0]) }, "Anodot paused the alert once", "2 effects, wanted 1"},
		"no resume":      {func(o *verdict.Outcome) { o.Effects = slices.Delete(o.Effects, 1, 2) }, "Anodot resumed it once", "0 effects, wanted 1"},
		"watchers twice": {func(o *verdict.Outcome) { o.Effects = append(o.Effects, o.Effects[2]) }, "Anomify created the watcher once", "2 effects, wanted 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := good()
			test.spoil(&o)
			require.Equal(t, []verdict.Step{{Name: test.step, Seen: test.seen}}, verdict.Missing(o.Steps()))
		})
	}
}

// without drops events of the vendor: one, or as many as it is told.
func without(vendor eventv1.Vendor, counts ...int) func(*verdict.Outcome) {
	drop := 1
	for _, count := range counts {
		drop = count
	}
	return func(o *verdict.Outcome) {
		o.Events = slices.DeleteFunc(o.Events, func(e *eventv1.Event) bool {
			if e.GetVendor() != vendor || drop == 0 {
				return false
			}
			drop--
			return true
		})
	}
}

func undecided(i int) func(*verdict.Outcome) {
	return func(o *verdict.Outcome) { o.Decisions = slices.Delete(o.Decisions, i, i+1) }
}

func redecided(i int) func(*verdict.Outcome) {
	return func(o *verdict.Outcome) { o.Decisions = append(o.Decisions, o.Decisions[i]) }
}

// box is a query service that answers with one of each.
type box struct {
	queryv1.UnimplementedQueryServiceServer
	next string
	down bool
}

func (b box) ListEvents(context.Context, *queryv1.ListEventsRequest) (*queryv1.ListEventsResponse, error) {
	return &queryv1.ListEventsResponse{Events: []*eventv1.Event{{Id: "e"}}, NextPageToken: b.next}, nil
}

func (b box) ListDecisions(context.Context, *queryv1.ListDecisionsRequest) (*queryv1.ListDecisionsResponse, error) {
	return &queryv1.ListDecisionsResponse{Decisions: []*decisionv1.Decision{{Id: "d"}}}, nil
}

func (b box) ListActions(context.Context, *queryv1.ListActionsRequest) (*queryv1.ListActionsResponse, error) {
	return &queryv1.ListActionsResponse{Actions: []*actionv1.Action{{Id: "a"}}}, nil
}

func (b box) ListLeases(context.Context, *queryv1.ListLeasesRequest) (*queryv1.ListLeasesResponse, error) {
	if b.down {
		return nil, status.Error(codes.Unavailable, "going down")
	}
	return &queryv1.ListLeasesResponse{Leases: []*actionv1.Lease{{Id: "l"}}}, nil
}

// look reads a world back in which these answer.
func look(t *testing.T, service queryv1.QueryServiceServer, simulator http.HandlerFunc) (verdict.Outcome, error) {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	queryv1.RegisterQueryServiceServer(server, service)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	vendors := httptest.NewServer(simulator)
	t.Cleanup(func() {
		require.NoError(t, conn.Close())
		server.Stop()
		require.NoError(t, <-ended)
		vendors.Close()
	})
	return verdict.World{Query: queryv1.NewQueryServiceClient(conn), Simulator: vendors.URL + "/"}.Look(t.Context())
}

func answering(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/control/effects" {
			code = http.StatusNotFound
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}
}

func TestLook_ReadsEverythingBack(t *testing.T) {
	t.Parallel()
	outcome, err := look(t, box{}, answering(200, `{"total":1,"effects":[{"vendor":"anodot","action":"pause","name":"n","changed":true}]}`))
	require.NoError(t, err)
	require.Len(t, outcome.Events, 1)
	require.Len(t, outcome.Decisions, 1)
	require.Len(t, outcome.Actions, 1)
	require.Len(t, outcome.Leases, 1)
	require.Equal(t, []verdict.Effect{{Vendor: "anodot", Action: "pause", Name: "n", Changed: true}}, outcome.Effects)
}

func TestLook_SaysWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		service   queryv1.QueryServiceServer
		simulator http.HandlerFunc
		want      string
	}{
		"no query":       {queryv1.UnimplementedQueryServiceServer{}, answering(200, "{}"), "list events: "},
		"going down":     {box{down: true}, answering(200, "{}"), "list leases: "},
		"a long story":   {box{next: "2"}, answering(200, "{}"), "begin with an empty Signalbox"},
		"no simulator":   {box{}, answering(503, "{}"), "effects: it answers 503"},
		"half an answer": {box{}, answering(200, `{"effects":[`), "read the simulator's effects"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := look(t, test.service, test.simulator)
			require.ErrorContains(t, err, test.want)
		})
	}
}
