package anomify_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// metricPath is the path of the metric with which calls() are made: whatever
// its name has is one part of it.
const metricPath = "/metric/shop.web%2Fcheckout%20latency.p99"

// TestRequests_AreThoseOfTheDocument compares what the vendor is asked with the
// document's endpoints, and its header of a token with the document's sample.
func TestRequests_AreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	const metricQuery = "metric=shop.web%2Fcheckout+latency.p99"
	all := calls()
	for name, want := range map[string]string{
		"ListAnomalies":                    "GET /anomalies?from_timestamp=1657020000&until_timestamp=1657026000",
		"GetAnomaly":                       "GET /anomaly/7786",
		"LookupAnomaly":                    "GET /anomaly/lookup?" + metricQuery + "&timestamp=1657024800",
		"TrainAnomaly":                     "POST /anomaly/train anomaly_id=7786&label=sale",
		"ListWatchers":                     "GET /watchers/list",
		"ListChips":                        "GET /watchers/chips",
		"CreateWatcher":                    "POST /watcher/create alert=false&chips=shop&name=Shop",
		"UpdateWatcher":                    "POST /watcher/3/update name=Shop",
		"DeleteWatcher":                    "POST /watcher/3/delete",
		"UndeleteWatcher":                  "POST /watcher/3/undelete",
		"AddExclusion":                     "POST /exclusion/add type=exact&value=shop.web%2Fcheckout+latency.p99",
		"DeleteExclusion":                  "POST /exclusion/delete id=4",
		"ListExclusions":                   "GET /exclusion/list",
		"TestExclusion":                    "GET /exclusion/test?type=exact&value=shop.web%2Fcheckout+latency.p99",
		"ListExclusionTypes":               "GET /exclusion/types",
		"GetMetric":                        "GET " + metricPath,
		"ListMetricAnomalies":              "GET " + metricPath + "/anomalies",
		"GetMetricAnomalySummary":          "GET " + metricPath + "/anomalysummary",
		"GetMetricBundle":                  "GET " + metricPath + "/bundle",
		"GetMetricGraph":                   "GET " + metricPath + "/graph",
		"ListMetricPatterns":               "GET " + metricPath + "/patterns",
		"GetMetricTimeseries":              "GET " + metricPath + "/timeseries",
		"GetMetricYhat":                    "GET " + metricPath + "/yhat",
		"GetMetricImage":                   "GET /image/metric?" + metricQuery,
		"GetAnomalyImage":                  "GET /image/anomaly?anomaly_id=7786",
		"ListMetrics":                      "GET /metrics",
		"ListMostAnomalousMetrics":         "GET /metrics/mostanomalous",
		"ListMostRecentlyAnomalousMetrics": "GET /metrics/mostrecentlyanomalous",
		"ListMostRecentlyMatchedMetrics":   "GET /metrics/mostrecentlymatched",
		"GetMatch":                         "GET /match/5",
		"GetMatchGraph":                    "GET /match/5/graph",
		"GetMatchMotifGraph":               "GET /match/5/motif/graph",
		"GetPattern":                       "GET /pattern/6",
		"DisablePattern":                   "POST /pattern/6/disable",
		"ListPatternMatches":               "GET /pattern/6/matches",
		"GetPatternTimeseries":             "GET /pattern/6/timeseries",
		"ListPendingPatterns":              "GET /patterns/pending",
		"GetOrganisation":                  "GET /org/info",
		"GetOrganisationSummary":           "GET /org/summary",
		"GetOrganisationGraph":             "GET /org/graph",
		"ListUsers":                        "GET /org/users",
		"ListChannels":                     "GET /org/channels",
		"ListOrganisationEvents":           "GET /org/events",
		"ListAdminAlerts":                  "GET /org/adminalerts",
		"GetAdminAlert":                    "GET /org/adminalert/1",
		"UpdateAdminAlerts":                "POST /org/adminalerts type_1_enabled=true",
		"Ping":                             "GET /ping",
		"GetStatus":                        "GET /status",
	} {
		call, ok := all[name]
		require.True(t, ok, name)
		delete(all, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, http.NotFoundHandler())
			_ = call.make(t.Context(), b) // whatever it makes of no answer
			require.Len(t, b.Requests(), 1)
			got := b.Requests()[0]
			sent := got.Method + " " + got.Path
			if got.Query != "" {
				sent += "?" + got.Query
			}
			if got.Body != "" {
				sent += " " + got.Body
			}
			require.Equal(t, want, sent)
			require.Equal(t, []string{"2198b4ce0e9884d44b030397a6395b53"}, got.Header["X-Auth-Token"])
			require.Equal(t, call.kind == aPicture, got.Header.Get("Accept") == "image/*")
			require.Equal(t, got.Method == http.MethodPost, got.Header.Get("Content-Type") == "application/x-www-form-urlencoded")
		})
	}
	require.Empty(t, all, "each call is here")
}

func TestRequests_HaveWhatIsGivenAndTheCallersOwnParameters(t *testing.T) {
	t.Parallel()
	type client = anomifyv1.AnomifyServiceClient
	own := map[string]string{"summary_report_frequency": "daily-10:00"}
	off, wait, channel := false, int64(300), "#ops"
	for name, tc := range map[string]struct {
		call        someCall
		query, body string
	}{
		"create": {unary(made, client.CreateWatcher, &anomifyv1.CreateWatcherRequest{
			Source: source, Name: "Shop", Chips: []string{"shop", "spring sale"}, Alert: true,
			ExpirationTime: &durationpb.Duration{Seconds: 7200}, Parameters: own,
		}), "", "alert=true&chips=shop%2Cspring+sale&expiration_time=7200&name=Shop&summary_report_frequency=daily-10%3A00"},
		"update": {unary(confirmed, client.UpdateWatcher, &anomifyv1.UpdateWatcherRequest{
			Source: source, WatcherId: "3", Chips: []string{"shop"}, Alert: &off,
			ExpirationTime: &durationpb.Duration{Seconds: 60}, Parameters: own,
		}), "", "alert=false&chips=shop&expiration_time=60&summary_report_frequency=daily-10%3A00"},
		"window": {unary(anObject, client.GetMetricTimeseries, &anomifyv1.GetMetricTimeseriesRequest{
			Source: source, Metric: metric, FromTime: at(1), UntilTime: at(2), Parameters: map[string]string{"resolution": "60"},
		}), "from_timestamp=1&resolution=60&until_timestamp=2", ""},
		"graph": {unary(aPicture, client.GetMatchGraph, &anomifyv1.GetMatchGraphRequest{
			Source: source, MatchId: "5", Parameters: map[string]string{"width": "800"},
		}), "width=800", ""},
		"admin alerts": {unary(confirmed, client.UpdateAdminAlerts, &anomifyv1.UpdateAdminAlertsRequest{
			Source: source, Changes: []*anomifyv1.AdminAlertChange{
				{Id: new("1"), WaitSeconds: &wait, SlackChannel: &channel},
				{Id: new("2"), EmailUsers: &anomifyv1.UserIds{Ids: []string{"7", "8"}}, SmsUsers: &anomifyv1.UserIds{}},
			},
		}), "", "type_1_slack_channel=%23ops&type_1_wait_seconds=300&type_2_email_users=7%2C8&type_2_sms_users="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, http.NotFoundHandler())
			_ = tc.call.make(t.Context(), b) // whatever it makes of no answer
			require.Len(t, b.Requests(), 1)
			require.Equal(t, tc.query, b.Requests()[0].Query)
			require.Equal(t, tc.body, b.Requests()[0].Body)
		})
	}
}

func TestRequests_ThatCannotBeMeantAreRefusedBeforeTheCall(t *testing.T) {
	t.Parallel()
	type client = anomifyv1.AnomifyServiceClient
	hasty := int64(299)
	parameters := func(name string) someCall {
		return unary(aList, client.ListMetrics, &anomifyv1.ListMetricsRequest{Source: source, Parameters: map[string]string{name: "x"}})
	}
	changes := func(changes ...*anomifyv1.AdminAlertChange) someCall {
		return unary(confirmed, client.UpdateAdminAlerts, &anomifyv1.UpdateAdminAlertsRequest{Source: source, Changes: changes})
	}
	for name, tc := range map[string]struct {
		field string
		call  someCall
	}{
		"anomaly of nobody":     {"anomaly_id", unary(anObject, client.GetAnomaly, &anomifyv1.GetAnomalyRequest{Source: source})},
		"anomaly elsewhere":     {"anomaly_id", unary(anObject, client.GetAnomaly, &anomifyv1.GetAnomalyRequest{Source: source, AnomalyId: ".."})},
		"lookup of no metric":   {"metric", unary(anObject, client.LookupAnomaly, &anomifyv1.LookupAnomalyRequest{Source: source, Timestamp: at(1)})},
		"lookup at no time":     {"timestamp", unary(anObject, client.LookupAnomaly, &anomifyv1.LookupAnomalyRequest{Source: source, Metric: "m"})},
		"training of nothing":   {"anomaly_id", unary(confirmed, client.TrainAnomaly, &anomifyv1.TrainAnomalyRequest{Source: source})},
		"parameter has a field": {"parameters", unary(confirmed, client.TrainAnomaly, &anomifyv1.TrainAnomalyRequest{Source: source, AnomalyId: "1", Parameters: map[string]string{"anomaly_id": "2"}})},
		"parameter is a token":  {"parameters", parameters("token")},
		"parameter: session":    {"parameters", parameters("session_id")},
		"parameter of no name":  {"parameters", parameters("")},
		"watcher of nobody":     {"watcher_id", unary(confirmed, client.DeleteWatcher, &anomifyv1.DeleteWatcherRequest{Source: source})},
		"undeleting nobody":     {"watcher_id", unary(confirmed, client.UndeleteWatcher, &anomifyv1.UndeleteWatcherRequest{Source: source, WatcherId: "."})},
		"update of nothing":     {"name", unary(confirmed, client.UpdateWatcher, &anomifyv1.UpdateWatcherRequest{Source: source, WatcherId: "1"})},
		"update with a comma":   {"chips", unary(confirmed, client.UpdateWatcher, &anomifyv1.UpdateWatcherRequest{Source: source, WatcherId: "1", Chips: []string{"a,b"}})},
		"no expiration":         {"expiration_time", unary(confirmed, client.UpdateWatcher, &anomifyv1.UpdateWatcherRequest{Source: source, WatcherId: "1", ExpirationTime: &durationpb.Duration{Nanos: 1}})},
		"exclusion of no type":  {"type", unary(made, client.AddExclusion, &anomifyv1.AddExclusionRequest{Source: source, Value: "x"})},
		"exclusion of all":      {"value", unary(made, client.AddExclusion, &anomifyv1.AddExclusionRequest{Source: source, Type: "contains", Value: " "})},
		"test of all":           {"value", unary(aWhole, client.TestExclusion, &anomifyv1.TestExclusionRequest{Source: source, Type: "contains"})},
		"exclusion of nobody":   {"exclusion_id", unary(confirmed, client.DeleteExclusion, &anomifyv1.DeleteExclusionRequest{Source: source})},
		"no metric":             {"metric", unary(anObject, client.GetMetric, &anomifyv1.GetMetricRequest{Source: source})},
		"metric elsewhere":      {"metric", unary(aWhole, client.GetMetricBundle, &anomifyv1.GetMetricBundleRequest{Source: source, Metric: ".."})},
		"patterns of no metric": {"metric", unary(aList, client.ListMetricPatterns, &anomifyv1.ListMetricPatternsRequest{Source: source})},
		"window turned round":   {"until_time", unary(aList, client.ListMetricAnomalies, &anomifyv1.ListMetricAnomaliesRequest{Source: source, Metric: "m", FromTime: at(2), UntilTime: at(1)})},
		"window before time":    {"from_time", unary(anObject, client.GetMetricYhat, &anomifyv1.GetMetricYhatRequest{Source: source, Metric: "m", FromTime: at(-2)})},
		"window after time":     {"until_time", unary(aList, client.ListOrganisationEvents, &anomifyv1.ListOrganisationEventsRequest{Source: source, UntilTime: at(1 << 60)})},
		"picture of no metric":  {"metric", unary(aPicture, client.GetMetricImage, &anomifyv1.GetMetricImageRequest{Source: source})},
		"picture of no anomaly": {"anomaly_id", unary(aPicture, client.GetAnomalyImage, &anomifyv1.GetAnomalyImageRequest{Source: source})},
		"graph of no metric":    {"metric", unary(aPicture, client.GetMetricGraph, &anomifyv1.GetMetricGraphRequest{Source: source})},
		"graph of no match":     {"match_id", unary(aPicture, client.GetMatchMotifGraph, &anomifyv1.GetMatchMotifGraphRequest{Source: source})},
		"no match":              {"match_id", unary(anObject, client.GetMatch, &anomifyv1.GetMatchRequest{Source: source})},
		"no pattern":            {"pattern_id", unary(anObject, client.GetPattern, &anomifyv1.GetPatternRequest{Source: source})},
		"disabling nothing":     {"pattern_id", unary(confirmed, client.DisablePattern, &anomifyv1.DisablePatternRequest{Source: source})},
		"matches of nothing":    {"pattern_id", unary(aList, client.ListPatternMatches, &anomifyv1.ListPatternMatchesRequest{Source: source})},
		"series of nothing":     {"pattern_id", unary(anObject, client.GetPatternTimeseries, &anomifyv1.GetPatternTimeseriesRequest{Source: source})},
		"no admin alert":        {"alert_code", unary(anObject, client.GetAdminAlert, &anomifyv1.GetAdminAlertRequest{Source: source})},
		"no changes":            {"changes", changes()},
		"a change of nothing":   {"changes", changes(&anomifyv1.AdminAlertChange{Id: new("1")})},
		"a change of nobody":    {"changes", changes(&anomifyv1.AdminAlertChange{WaitSeconds: new(int64(300))})},
		"a change of two":       {"changes", changes(&anomifyv1.AdminAlertChange{Id: new("1_enabled")})},
		"a hasty change":        {"changes", changes(&anomifyv1.AdminAlertChange{Id: new("1"), WaitSeconds: &hasty})},
		"changes of one":        {"changes", changes(&anomifyv1.AdminAlertChange{Id: new("1")}, &anomifyv1.AdminAlertChange{Id: new("1")})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, http.NotFoundHandler())
			b.ExpectInvalid(t, tc.call.make(t.Context(), b), tc.field)
		})
	}
}

func TestRequests_OfAnUnknownSourceAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.NotFoundHandler())
	_, err := clientOf(b).Ping(t.Context(), &anomifyv1.PingRequest{Source: "elsewhere"})
	require.ErrorContains(t, err, `source "elsewhere" is no anomify account of this process`)
	_, err = clientOf(b).GetMetricGraph(t.Context(), &anomifyv1.GetMetricGraphRequest{Source: "elsewhere", Metric: "m"})
	require.ErrorContains(t, err, `source "elsewhere" is no anomify account of this process`)
}
