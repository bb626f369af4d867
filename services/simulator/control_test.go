package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
	"github.com/signalbox-io/signalbox/services/simulator/record"
)

func TestControl_ShowsCallsEffectsAndExcesses(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{})
	require.Equal(t, http.StatusOK, sim.mustCall(t, http.MethodGet, "/control/healthz", "").status)
	sim.mustCall(t, http.MethodPost, "/anomify/watcher/create", "name=bots&chips=shop,spring-sale",
		"X-Auth-Token", simulator.DefaultAnomifyToken, "Content-Type", "application/x-www-form-urlencoded")
	for range 101 {
		sim.mustCall(t, http.MethodGet, "/analytics/api/v2/sites?secret=s3cr3t", "", "Authorization", key)
	}

	var calls struct {
		Total int
		Calls []record.Call
	}
	body := sim.mustCall(t, http.MethodGet, "/control/calls", "").body
	require.NotContains(t, body, "s3cr3t")
	require.NoError(t, json.Unmarshal([]byte(body), &calls))
	require.Equal(t, 102, calls.Total)
	require.Equal(t, "/watcher/create", calls.Calls[0].Path)
	require.Equal(t, http.StatusTooManyRequests, calls.Calls[101].Status)

	var effects struct{ Effects []record.Effect }
	require.NoError(t, json.Unmarshal([]byte(sim.mustCall(t, http.MethodGet, "/control/effects", "").body), &effects))
	require.Len(t, effects.Effects, 1)
	require.Equal(t, "bots", effects.Effects[0].Name)

	var excesses struct{ Excesses []record.Excess }
	require.NoError(t, json.Unmarshal([]byte(sim.mustCall(t, http.MethodGet, "/control/excesses", "").body), &excesses))
	require.Len(t, excesses.Excesses, 1)
	require.Equal(t, "analytics", excesses.Excesses[0].Vendor)
	require.Equal(t, 100, excesses.Excesses[0].LimitPerMinute)
}

func TestControl_FiringsArePushedAndListed(t *testing.T) {
	t.Parallel()
	var pushed map[string]any
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewDecoder(r.Body).Decode(&pushed)
		w.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(receiver.Close)
	sim := start(t, simulator.Options{})
	got := sim.mustCall(t, http.MethodPost, "/control/anodot/webhooks", `{"name":"hook","url":"`+receiver.URL+`"}`)
	require.Equal(t, http.StatusOK, got.status)
	require.NotContains(t, got.body, receiver.URL)
	got = sim.mustCall(t, http.MethodPost, "/control/anodot/firings", `{"id":"t1","alertConfigurationId":"a1","groupId":"g1",
		"status":"OPEN","severity":"high","title":"Drop","startTime":1790242800,
		"metrics":[{"id":"m","name":"what=bots","startTime":1790242800,"intervals":[{"score":0.5,"peak":7,"direction":"UP"}]}]}`)
	require.Equal(t, http.StatusOK, got.status)
	require.JSONEq(t, `{"pushed":[{"channel":"hook","status":200,"body":""}]}`, got.body)
	require.Equal(t, "g1", pushed["alertGroupId"])
	require.Contains(t, fmt.Sprint(pushed["alerts"]), "significance:50")

	require.Equal(t, http.StatusBadRequest, sim.mustCall(t, http.MethodPost, "/control/anodot/firings", `{`).status)
	receiver.Close()
	got = sim.mustCall(t, http.MethodPost, "/control/anodot/firings", `{"id":"t2"}`)
	require.Equal(t, http.StatusBadGateway, got.status)
	require.NotContains(t, got.body, "http://")
}

func TestControl_SetsAndClearsFaults(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{})
	got := sim.mustCall(t, http.MethodPost, "/control/faults", `{"vendor":"analytics","kind":"status","status":500}`)
	require.Equal(t, http.StatusOK, got.status)
	for range 3 {
		got = sim.mustCall(t, http.MethodGet, "/analytics/api/v2/sites", "", "Authorization", key)
		require.Equal(t, http.StatusInternalServerError, got.status)
	}
	got = sim.mustCall(t, http.MethodDelete, "/control/faults?vendor=analytics", "")
	require.JSONEq(t, `{"faults": []}`, got.body)
	got = sim.mustCall(t, http.MethodGet, "/analytics/api/v2/sites", "", "Authorization", key)
	require.Equal(t, http.StatusOK, got.status)
}

func TestControl_RejectsWrongFaults(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{})
	for body, complaint := range map[string]string{
		`{`:                                           "read the fault",
		`{"vendor":"anodot","kind":"x"}`:              `kind \"x\" is unknown`,
		`{"vendor":"acme","kind":"html"}`:             `vendor \"acme\" is unknown`,
		`{"kind":"html"}`:                             "vendor is missing",
		`{"vendor":"anura","kind":"html","n":1}`:      "unknown field",
		`{"vendor":"anura","kind":"html","path":"["}`: "syntax error in pattern",
		`{"vendor":"anura","kind":"status","status":99,"count":-1}`: "status 99 is outside 200 to 599",
	} {
		got := sim.mustCall(t, http.MethodPost, "/control/faults", body)
		require.Equal(t, http.StatusBadRequest, got.status, body)
		require.Contains(t, got.body, complaint)
	}
	require.Zero(t, faultsLeft(t, sim))
	require.Panics(t, func() { simulator.New(simulator.Options{Faults: []fault.Fault{{}}}) })
}

func TestGate_RefusesHugeRequests(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{})
	body := make([]byte, 2<<20)
	got, err := sim.call(t, http.MethodPost, "/anura/v1/interface/instances", string(body))
	if err == nil {
		require.Equal(t, http.StatusRequestEntityTooLarge, got.status)
	}
	require.Eventually(t, func() bool { return len(sim.Calls()) == 1 }, waitFor, tick)
	require.Equal(t, http.StatusRequestEntityTooLarge, sim.Calls()[0].Status)
}

func TestControl_StartIsHeardOnce(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{})
	select {
	case <-sim.Started():
		require.Fail(t, "nobody has asked for the start")
	default:
	}
	for range 2 {
		require.Equal(t, http.StatusOK, sim.mustCall(t, http.MethodPost, "/control/start", "").status)
	}
	<-sim.Started()
}
