package anomify_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// kind is what a call makes of an answer.
type kind int

const (
	// aList is a read whose data hold a list.
	aList kind = iota
	// anObject is a read whose data hold an object of a known shape.
	anObject
	// aWhole is a read that keeps the data, whatever object they are.
	aWhole
	// made is an effect whose answer must show what it made.
	made
	// confirmed is an effect that the envelope's status confirms.
	confirmed
	// aPicture is a read whose answer is a picture.
	aPicture
)

func (k kind) isRead() bool { return k != made && k != confirmed }

const (
	source = adaptertest.Source
	metric = "shop.web/checkout latency.p99"
)

// someCall is one call of the service with a sound request.
type someCall struct {
	kind kind
	do   func(context.Context, anomifyv1.AnomifyServiceClient) error
}

func (c someCall) make(ctx context.Context, b *adaptertest.Bench) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return c.do(ctx, clientOf(b))
}

// unary makes a call of a request without regard to its answer.
func unary[Q, P any](
	k kind, method func(anomifyv1.AnomifyServiceClient, context.Context, *Q, ...grpc.CallOption) (*P, error), req *Q,
) someCall {
	return someCall{k, func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
		_, err := method(client, ctx, req)
		return err
	}}
}

func at(seconds int64) *timestamppb.Timestamp { return &timestamppb.Timestamp{Seconds: seconds} }

// calls has one call of every method of the service.
func calls() map[string]someCall {
	type client = anomifyv1.AnomifyServiceClient
	all := map[string]someCall{
		"ListAnomalies":      unary(aList, client.ListAnomalies, window()),
		"GetAnomaly":         unary(anObject, client.GetAnomaly, &anomifyv1.GetAnomalyRequest{Source: source, AnomalyId: "7786"}),
		"LookupAnomaly":      unary(anObject, client.LookupAnomaly, &anomifyv1.LookupAnomalyRequest{Source: source, Metric: metric, Timestamp: at(1657024800)}),
		"TrainAnomaly":       unary(confirmed, client.TrainAnomaly, &anomifyv1.TrainAnomalyRequest{Source: source, AnomalyId: "7786", Label: "sale"}),
		"ListWatchers":       unary(aList, client.ListWatchers, &anomifyv1.ListWatchersRequest{Source: source}),
		"ListChips":          unary(aList, client.ListChips, &anomifyv1.ListChipsRequest{Source: source}),
		"CreateWatcher":      unary(made, client.CreateWatcher, &anomifyv1.CreateWatcherRequest{Source: source, Name: "Shop", Chips: []string{"shop"}}),
		"UpdateWatcher":      unary(confirmed, client.UpdateWatcher, &anomifyv1.UpdateWatcherRequest{Source: source, WatcherId: "3", Name: "Shop"}),
		"DeleteWatcher":      unary(confirmed, client.DeleteWatcher, &anomifyv1.DeleteWatcherRequest{Source: source, WatcherId: "3"}),
		"UndeleteWatcher":    unary(confirmed, client.UndeleteWatcher, &anomifyv1.UndeleteWatcherRequest{Source: source, WatcherId: "3"}),
		"AddExclusion":       unary(made, client.AddExclusion, &anomifyv1.AddExclusionRequest{Source: source, Type: "exact", Value: metric}),
		"DeleteExclusion":    unary(confirmed, client.DeleteExclusion, &anomifyv1.DeleteExclusionRequest{Source: source, ExclusionId: "4"}),
		"ListExclusions":     unary(aList, client.ListExclusions, &anomifyv1.ListExclusionsRequest{Source: source}),
		"TestExclusion":      unary(aWhole, client.TestExclusion, &anomifyv1.TestExclusionRequest{Source: source, Type: "exact", Value: metric}),
		"ListExclusionTypes": unary(aList, client.ListExclusionTypes, &anomifyv1.ListExclusionTypesRequest{Source: source}),
		"Ping":               unary(anObject, client.Ping, &anomifyv1.PingRequest{Source: source}),
		"GetStatus":          unary(aWhole, client.GetStatus, &anomifyv1.GetStatusRequest{Source: source}),
	}
	maps.Copy(all, metricCalls())
	maps.Copy(all, patternCalls())
	maps.Copy(all, organisationCalls())
	return all
}

func metricCalls() map[string]someCall {
	type client = anomifyv1.AnomifyServiceClient
	return map[string]someCall{
		"GetMetric":               unary(anObject, client.GetMetric, &anomifyv1.GetMetricRequest{Source: source, Metric: metric}),
		"ListMetricAnomalies":     unary(aList, client.ListMetricAnomalies, &anomifyv1.ListMetricAnomaliesRequest{Source: source, Metric: metric}),
		"GetMetricAnomalySummary": unary(aWhole, client.GetMetricAnomalySummary, &anomifyv1.GetMetricAnomalySummaryRequest{Source: source, Metric: metric}),
		"GetMetricBundle":         unary(aWhole, client.GetMetricBundle, &anomifyv1.GetMetricBundleRequest{Source: source, Metric: metric}),
		"ListMetricPatterns":      unary(aList, client.ListMetricPatterns, &anomifyv1.ListMetricPatternsRequest{Source: source, Metric: metric}),
		"GetMetricTimeseries":     unary(anObject, client.GetMetricTimeseries, &anomifyv1.GetMetricTimeseriesRequest{Source: source, Metric: metric}),
		"GetMetricYhat":           unary(anObject, client.GetMetricYhat, &anomifyv1.GetMetricYhatRequest{Source: source, Metric: metric}),
		"ListMetrics":             unary(aList, client.ListMetrics, &anomifyv1.ListMetricsRequest{Source: source}),
		"ListMostAnomalousMetrics": unary(aList, client.ListMostAnomalousMetrics,
			&anomifyv1.ListMostAnomalousMetricsRequest{Source: source}),
		"ListMostRecentlyAnomalousMetrics": unary(aList, client.ListMostRecentlyAnomalousMetrics,
			&anomifyv1.ListMostRecentlyAnomalousMetricsRequest{Source: source}),
		"ListMostRecentlyMatchedMetrics": unary(aList, client.ListMostRecentlyMatchedMetrics,
			&anomifyv1.ListMostRecentlyMatchedMetricsRequest{Source: source}),
		"GetMetricImage":  unary(aPicture, client.GetMetricImage, &anomifyv1.GetMetricImageRequest{Source: source, Metric: metric}),
		"GetMetricGraph":  unary(aPicture, client.GetMetricGraph, &anomifyv1.GetMetricGraphRequest{Source: source, Metric: metric}),
		"GetAnomalyImage": unary(aPicture, client.GetAnomalyImage, &anomifyv1.GetAnomalyImageRequest{Source: source, AnomalyId: "7786"}),
	}
}

func patternCalls() map[string]someCall {
	type client = anomifyv1.AnomifyServiceClient
	return map[string]someCall{
		"GetMatch":             unary(anObject, client.GetMatch, &anomifyv1.GetMatchRequest{Source: source, MatchId: "5"}),
		"GetMatchGraph":        unary(aPicture, client.GetMatchGraph, &anomifyv1.GetMatchGraphRequest{Source: source, MatchId: "5"}),
		"GetMatchMotifGraph":   unary(aPicture, client.GetMatchMotifGraph, &anomifyv1.GetMatchMotifGraphRequest{Source: source, MatchId: "5"}),
		"GetPattern":           unary(anObject, client.GetPattern, &anomifyv1.GetPatternRequest{Source: source, PatternId: "6"}),
		"DisablePattern":       unary(confirmed, client.DisablePattern, &anomifyv1.DisablePatternRequest{Source: source, PatternId: "6"}),
		"ListPatternMatches":   unary(aList, client.ListPatternMatches, &anomifyv1.ListPatternMatchesRequest{Source: source, PatternId: "6"}),
		"GetPatternTimeseries": unary(anObject, client.GetPatternTimeseries, &anomifyv1.GetPatternTimeseriesRequest{Source: source, PatternId: "6"}),
		"ListPendingPatterns":  unary(aList, client.ListPendingPatterns, &anomifyv1.ListPendingPatternsRequest{Source: source}),
	}
}

func organisationCalls() map[string]someCall {
	type client = anomifyv1.AnomifyServiceClient
	on := true
	return map[string]someCall{
		"GetOrganisation":        unary(aWhole, client.GetOrganisation, &anomifyv1.GetOrganisationRequest{Source: source}),
		"GetOrganisationSummary": unary(aWhole, client.GetOrganisationSummary, &anomifyv1.GetOrganisationSummaryRequest{Source: source}),
		"GetOrganisationGraph":   unary(aPicture, client.GetOrganisationGraph, &anomifyv1.GetOrganisationGraphRequest{Source: source}),
		"ListUsers":              unary(aList, client.ListUsers, &anomifyv1.ListUsersRequest{Source: source}),
		"ListChannels":           unary(aList, client.ListChannels, &anomifyv1.ListChannelsRequest{Source: source}),
		"ListOrganisationEvents": unary(aList, client.ListOrganisationEvents, &anomifyv1.ListOrganisationEventsRequest{Source: source}),
		"ListAdminAlerts":        unary(aList, client.ListAdminAlerts, &anomifyv1.ListAdminAlertsRequest{Source: source}),
		"GetAdminAlert":          unary(anObject, client.GetAdminAlert, &anomifyv1.GetAdminAlertRequest{Source: source, AlertCode: "1"}),
		"UpdateAdminAlerts": unary(confirmed, client.UpdateAdminAlerts, &anomifyv1.UpdateAdminAlertsRequest{
			Source: source, Changes: []*anomifyv1.AdminAlertChange{{Id: new("1"), Enabled: &on}},
		}),
	}
}

// methods returns the names of the service's methods.
func methods() []string {
	var names []string
	list := anomifyv1.File_signalbox_anomify_v1_anomify_service_proto.Services().Get(0).Methods()
	for i := range list.Len() {
		names = append(names, string(list.Get(i).Name()))
	}
	return names
}

func TestCalls_HaveEveryMethodOfTheService(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, methods(), slices.Collect(maps.Keys(calls())))
}
