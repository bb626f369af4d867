package anomify_test

import (
	"bytes"
	"image/png"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/simulator"
	simulated "github.com/signalbox-io/signalbox/services/simulator/anomify"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

// seedOrganisation has one of each thing that calls() ask for, and more of the
// metric; it returns when the metric's anomaly began.
func seedOrganisation(vendor *simulator.Server) time.Time {
	began := time.Now().Add(-time.Hour).Truncate(time.Second)
	a := vendor.Anomify
	a.AddAnomaly(simulated.Anomaly{ID: 7786, Metric: metric, Value: 11.5, Score: 0.78, At: began, Until: began.Add(time.Minute)})
	a.AddAnomaly(simulated.Anomaly{ID: 7787, Metric: metric, At: began.Add(time.Minute)})
	a.AddAnomaly(simulated.Anomaly{ID: 7788, Metric: "cpu.idle", At: began.Add(2 * time.Minute)})
	a.AddMetric("cpu.user")
	var points []simulated.Point
	for i := range 10 {
		points = append(points, simulated.Point{At: began.Add(time.Duration(i-9) * time.Minute), Value: float64(i) + 0.5})
	}
	a.SetSeries(metric, points)
	a.AddPattern(simulated.Pattern{
		ID: 6, MetricName: metric, Enabled: true, Duration: 300, AnomalyTimestamp: began.Unix(), Label: "sale",
		MatchRate: "33%", Matches: 1, Checks: 3, Origin: "trained", AnomalyID: 7786, Layers: []int{1, 2},
	})
	a.AddMatch(simulated.Match{ID: 5, Metric: metric, PatternID: 6, Timestamp: began.Unix(), Value: 1.5, Validated: 1})
	a.AddEvent(simulated.Event{ID: 1, Type: "user_login", Timestamp: began.Unix()})
	return began
}

func TestConformance_EveryCallWorks(t *testing.T) {
	t.Parallel()
	for _, byID := range []bool{false, true} {
		for name, call := range calls() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				vendor, b := newSimulatedBench(t, simulator.Options{})
				began := seedOrganisation(vendor)
				vendor.Anomify.ListByID(byID)
				switch name {
				case "LookupAnomaly":
					_, err := clientOf(b).LookupAnomaly(t.Context(), &anomifyv1.LookupAnomalyRequest{Source: source, Metric: metric, Timestamp: at(began.Unix())})
					require.NoError(t, err)
					return
				case "UpdateWatcher", "DeleteWatcher", "UndeleteWatcher":
					for range 3 {
						require.NoError(t, calls()["CreateWatcher"].make(t.Context(), b))
					}
				case "DeleteExclusion":
					for range 4 {
						require.NoError(t, calls()["AddExclusion"].make(t.Context(), b))
					}
				}
				require.NoError(t, call.make(t.Context(), b))
			})
		}
	}
}

func TestConformance_EveryCallReportsWhatIsNotThere(t *testing.T) {
	t.Parallel()
	// These need nothing to be there.
	some := map[string]bool{"CreateWatcher": true, "AddExclusion": true, "TestExclusion": true, "Ping": true, "GetStatus": true, "UpdateAdminAlerts": true, "GetAdminAlert": true, "GetOrganisation": true, "GetOrganisationSummary": true, "GetOrganisationGraph": true}
	for name, call := range calls() {
		isPartOfMetric := name == "ListMetricAnomalies" || name == "ListMetricPatterns" || name == "ListPatternMatches"
		if some[name] || call.kind == aList && !isPartOfMetric {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, b := newSimulatedBench(t, simulator.Options{})
			b.Expect(t, call.make(t.Context(), b), adaptertest.NotFound(), simulator.DefaultAnomifyToken)
		})
	}
}

func TestConformance_FaultsOfEveryCall(t *testing.T) {
	t.Parallel()
	for kind, want := range map[fault.Kind]struct{ read, effect adaptertest.Failure }{
		fault.Unauthorized: {adaptertest.CredentialRefused(), adaptertest.CredentialRefused()},
		fault.ExpiredToken: {adaptertest.CredentialRefused(), adaptertest.CredentialRefused()},
		fault.Garbage:      {adaptertest.BadAnswer(), adaptertest.OutcomeUnknown()},
		fault.HTML:         {adaptertest.BadAnswer(), adaptertest.OutcomeUnknown()},
		fault.Empty:        {adaptertest.BadAnswer(), adaptertest.OutcomeUnknown()},
		fault.LoseAnswer:   {adaptertest.Unavailable(), adaptertest.OutcomeUnknown()},
	} {
		for name, call := range calls() {
			if kind == fault.LoseAnswer && call.kind.isRead() {
				continue // is repeated with a wait, and has its exam
			}
			t.Run(string(kind)+"/"+name, func(t *testing.T) {
				t.Parallel()
				vendor, b := newSimulatedBench(t, simulator.Options{})
				seedOrganisation(vendor)
				require.NoError(t, vendor.SetFault(fault.Fault{Vendor: "anomify", Kind: kind}))
				failure := want.effect
				if call.kind.isRead() {
					failure = want.read
				}
				b.Expect(t, call.make(t.Context(), b), failure, simulator.DefaultAnomifyToken)
			})
		}
	}
}

func TestConformance_AnAnomalyIsLookedUpAndTrained(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	began := seedOrganisation(vendor)
	client := clientOf(b)
	found, err := client.LookupAnomaly(t.Context(), &anomifyv1.LookupAnomalyRequest{Source: source, Metric: metric, Timestamp: at(began.Unix())})
	require.NoError(t, err)
	anomaly := found.GetAnomaly()
	require.Equal(t, "7786", anomaly.GetId())
	require.Contains(t, anomaly.GetGraphUrl(), "7786")
	require.True(t, anomaly.GetTraining().GetTrainable())
	require.Equal(t, "trainable", anomaly.GetTraining().GetTrainableStatus())
	require.Equal(t, began.Add(30*24*time.Hour).Unix(), anomaly.GetTraining().GetTrainableUntilTimestamp().GetSeconds())

	trained, err := client.TrainAnomaly(t.Context(), &anomifyv1.TrainAnomalyRequest{Source: source, AnomalyId: "7786", Label: "spring sale"})
	require.NoError(t, err)
	require.Equal(t, "spring sale", trained.GetPattern().GetLabel())
	require.EqualValues(t, 24*60*60, trained.GetPattern().GetDuration().GetSeconds())
	pending, err := client.ListPendingPatterns(t.Context(), &anomifyv1.ListPendingPatternsRequest{Source: source})
	require.NoError(t, err)
	require.Len(t, pending.GetPatterns(), 1)
	require.Equal(t, trained.GetPattern().GetId(), pending.GetPatterns()[0].GetId())
	got, err := client.GetAnomaly(t.Context(), &anomifyv1.GetAnomalyRequest{Source: source, AnomalyId: "7786"})
	require.NoError(t, err)
	require.Len(t, got.GetAnomaly().GetPendingPatterns(), 1)
	require.Equal(t, []string{simulated.TrainAnomaly}, actions(vendor))
}

func actions(vendor *simulator.Server) []string {
	var names []string
	for _, effect := range vendor.Effects() {
		names = append(names, effect.Action)
	}
	return names
}

func TestConformance_AWatchersWholeLife(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	seedOrganisation(vendor)
	client := clientOf(b)
	chips, err := client.ListChips(t.Context(), &anomifyv1.ListChipsRequest{Source: source})
	require.NoError(t, err)
	require.Equal(t, []string{"checkout", "cpu", "idle", "latency", "p99", "shop", "user", "web"}, chips.GetChips())
	made, err := client.CreateWatcher(t.Context(), &anomifyv1.CreateWatcherRequest{
		Source: source, Name: "Shop", Chips: []string{"shop"}, ExpirationTime: &durationpb.Duration{Seconds: 2},
		Parameters: map[string]string{"expiration_time_unit": "hour"},
	})
	require.NoError(t, err)
	require.EqualValues(t, 7200, made.GetWatcher().GetExpirationTime().GetSeconds())
	id, on := made.GetWatcher().GetId(), true
	changed, err := client.UpdateWatcher(t.Context(), &anomifyv1.UpdateWatcherRequest{Source: source, WatcherId: id, Alert: &on})
	require.NoError(t, err)
	require.True(t, changed.GetWatcher().GetAlert())
	require.Equal(t, "Shop", changed.GetWatcher().GetName(), "what is not given stays")
	deleted, err := client.DeleteWatcher(t.Context(), &anomifyv1.DeleteWatcherRequest{Source: source, WatcherId: id})
	require.NoError(t, err)
	require.True(t, deleted.GetWatcher().GetDeleted())
	back, err := client.UndeleteWatcher(t.Context(), &anomifyv1.UndeleteWatcherRequest{Source: source, WatcherId: id})
	require.NoError(t, err)
	require.False(t, back.GetWatcher().GetDeleted())
	require.Equal(t, []string{"create_watcher", "update_watcher", "delete_watcher", "undelete_watcher"}, actions(vendor))
}

func TestConformance_ExclusionsComeAndGo(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	seedOrganisation(vendor)
	client := clientOf(b)
	types, err := client.ListExclusionTypes(t.Context(), &anomifyv1.ListExclusionTypesRequest{Source: source})
	require.NoError(t, err)
	require.Len(t, types.GetTypes(), 3)
	tested, err := client.TestExclusion(t.Context(), &anomifyv1.TestExclusionRequest{Source: source, Type: "prefix", Value: "cpu."})
	require.NoError(t, err)
	require.Len(t, tested.GetData().GetFields()["metrics"].GetListValue().GetValues(), 2)
	require.Empty(t, vendor.Effects(), "a test adds nothing")
	added, err := client.AddExclusion(t.Context(), &anomifyv1.AddExclusionRequest{Source: source, Type: "prefix", Value: "cpu."})
	require.NoError(t, err)
	require.Equal(t, "cpu.", added.GetExclusion().GetValue())
	_, err = client.AddExclusion(t.Context(), &anomifyv1.AddExclusionRequest{Source: source, Type: "odd", Value: "cpu."})
	b.Expect(t, err, adaptertest.Refused())
	listed, err := client.ListExclusions(t.Context(), &anomifyv1.ListExclusionsRequest{Source: source})
	require.NoError(t, err)
	require.Len(t, listed.GetExclusions(), 1)
	_, err = client.DeleteExclusion(t.Context(), &anomifyv1.DeleteExclusionRequest{Source: source, ExclusionId: added.GetExclusion().GetId()})
	require.NoError(t, err)
	_, err = client.DeleteExclusion(t.Context(), &anomifyv1.DeleteExclusionRequest{Source: source, ExclusionId: added.GetExclusion().GetId()})
	b.Expect(t, err, adaptertest.NotFound())
	require.Equal(t, []string{simulated.AddExclusion, simulated.DeleteExclusion}, actions(vendor))
}

func TestConformance_MetricsInTheirOrdersAndSeries(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	began := seedOrganisation(vendor)
	client := clientOf(b)
	most, err := client.ListMostAnomalousMetrics(t.Context(), &anomifyv1.ListMostAnomalousMetricsRequest{Source: source})
	require.NoError(t, err)
	require.Equal(t, metric, most.GetMetrics()[0].GetName())
	require.InDelta(t, 2, most.GetMetrics()[0].GetExtra().GetFields()["anomalies"].GetNumberValue(), 0, "what lists are ordered by is kept")
	recent, err := client.ListMostRecentlyAnomalousMetrics(t.Context(), &anomifyv1.ListMostRecentlyAnomalousMetricsRequest{Source: source})
	require.NoError(t, err)
	require.Equal(t, "cpu.idle", recent.GetMetrics()[0].GetName())

	series, err := client.GetMetricTimeseries(t.Context(), &anomifyv1.GetMetricTimeseriesRequest{
		Source: source, Metric: metric, FromTime: at(began.Add(-2 * time.Minute).Unix()),
	})
	require.NoError(t, err)
	require.Len(t, series.GetPoints(), 3)
	require.Equal(t, began.Unix(), series.GetPoints()[2].GetTimestamp().GetSeconds())
	require.InDelta(t, 9.5, series.GetPoints()[2].GetValue(), 0)
	yhat, err := client.GetMetricYhat(t.Context(), &anomifyv1.GetMetricYhatRequest{Source: source, Metric: metric})
	require.NoError(t, err)
	require.Len(t, yhat.GetPoints(), 10)
	require.True(t, yhat.GetPoints()[9].GetAnomaly(), "the newest is the last")
	require.InDelta(t, 7, yhat.GetPoints()[9].GetExpected(), 0)
	anomalies, err := client.ListMetricAnomalies(t.Context(), &anomifyv1.ListMetricAnomaliesRequest{Source: source, Metric: metric})
	require.NoError(t, err)
	require.Len(t, anomalies.GetAnomalies(), 2)
	bundle, err := client.GetMetricBundle(t.Context(), &anomifyv1.GetMetricBundleRequest{Source: source, Metric: metric})
	require.NoError(t, err)
	require.Equal(t, metric, bundle.GetData().GetFields()["metric"].GetStructValue().GetFields()["name"].GetStringValue())
}

func TestConformance_APatternIsDisabled(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	seedOrganisation(vendor)
	client := clientOf(b)
	matches, err := client.ListPatternMatches(t.Context(), &anomifyv1.ListPatternMatchesRequest{Source: source, PatternId: "6"})
	require.NoError(t, err)
	require.Equal(t, "6", matches.GetMatches()[0].GetPatternId())
	require.EqualValues(t, 1, matches.GetMatches()[0].GetValidated())
	series, err := client.GetPatternTimeseries(t.Context(), &anomifyv1.GetPatternTimeseriesRequest{Source: source, PatternId: "6"})
	require.NoError(t, err)
	require.Len(t, series.GetPoints(), 6)
	disabled, err := client.DisablePattern(t.Context(), &anomifyv1.DisablePatternRequest{Source: source, PatternId: "6"})
	require.NoError(t, err)
	require.False(t, disabled.GetPattern().GetEnabled())
	got, err := client.GetPattern(t.Context(), &anomifyv1.GetPatternRequest{Source: source, PatternId: "6"})
	require.NoError(t, err)
	require.False(t, got.GetPattern().GetEnabled())
	require.Equal(t, "33%", got.GetPattern().GetMatchRate())
	require.Len(t, got.GetPattern().GetLayers().GetListValue().GetValues(), 2)
	require.Equal(t, []string{simulated.DisablePattern}, actions(vendor))
}

func TestConformance_AdminAlertsAreChanged(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	client := clientOf(b)
	off, channel := false, "#ops"
	changed, err := client.UpdateAdminAlerts(t.Context(), &anomifyv1.UpdateAdminAlertsRequest{
		Source: source, Changes: []*anomifyv1.AdminAlertChange{
			{Id: new("1"), Enabled: &off, WaitSeconds: new(int64(900)), SlackChannel: &channel, EmailUsers: &anomifyv1.UserIds{Ids: []string{"1"}}},
		},
	})
	require.NoError(t, err)
	require.Len(t, changed.GetAdminAlerts(), 2)
	got, err := client.GetAdminAlert(t.Context(), &anomifyv1.GetAdminAlertRequest{Source: source, AlertCode: "1"})
	require.NoError(t, err)
	require.False(t, got.GetAdminAlert().GetEnabled())
	require.EqualValues(t, 900, got.GetAdminAlert().GetWaitSeconds())
	require.Len(t, got.GetAdminAlert().GetAlerts(), 2)
	require.Equal(t, "ana@example.com", got.GetAdminAlert().GetAlerts()[0].GetUser().GetEmail())
	_, err = client.UpdateAdminAlerts(t.Context(), &anomifyv1.UpdateAdminAlertsRequest{
		Source: source, Changes: []*anomifyv1.AdminAlertChange{{Id: new("9"), Enabled: &off}},
	})
	b.Expect(t, err, adaptertest.Refused())
	require.Equal(t, []string{simulated.UpdateAdminAlerts}, actions(vendor))
}

func TestConformance_PicturesCanBeDecoded(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	seedOrganisation(vendor)
	got, err := clientOf(b).GetMetricGraph(t.Context(), &anomifyv1.GetMetricGraphRequest{Source: source, Metric: metric})
	require.NoError(t, err)
	require.Equal(t, "image/png", got.GetImage().GetContentType())
	_, err = png.Decode(bytes.NewReader(got.GetImage().GetContent()))
	require.NoError(t, err)
}

func TestConformance_TheStatusHasNoSession(t *testing.T) {
	t.Parallel()
	_, b := newSimulatedBench(t, simulator.Options{Credentials: simulator.Credentials{AnomifyToken: "another"}})
	got, err := clientOf(b).GetStatus(t.Context(), &anomifyv1.GetStatusRequest{Source: source})
	require.NoError(t, err, "answered without a credential, with a session")
	require.InDelta(t, 200, got.GetStatus().GetFields()["code"].GetNumberValue(), 0)
	require.NotContains(t, got.GetStatus().GetFields(), "session_id")
	pong, err := clientOf(b).Ping(t.Context(), &anomifyv1.PingRequest{Source: source})
	require.NoError(t, err)
	require.Equal(t, "pong", pong.GetPing())
}
