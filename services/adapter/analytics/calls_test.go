package analytics_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func listEvents(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).ListEvents(ctx, &analyticsv1.ListEventsRequest{Source: adaptertest.Source, SiteId: site})
	return err
}

func getPageviews(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).GetPageviews(ctx, &analyticsv1.GetPageviewsRequest{Source: adaptertest.Source, SiteId: site})
	return err
}

// calls has one call of every method of the service, with a sound request. All
// of them read.
func calls() map[string]func(context.Context, *adaptertest.Bench) error {
	return map[string]func(context.Context, *adaptertest.Bench) error{
		"ListSites": listSites, "GetSiteStats": getStats, "GetRealtime": getRealtime,
		"ListEvents": listEvents, "GetPageviews": getPageviews,
	}
}

// methods returns the names of the service's methods.
func methods() []string {
	var names []string
	list := analyticsv1.File_signalbox_analytics_v1_analytics_service_proto.Services().Get(0).Methods()
	for i := range list.Len() {
		names = append(names, string(list.Get(i).Name()))
	}
	return names
}

func TestCalls_HaveEveryMethodOfTheService(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, methods(), slices.Collect(maps.Keys(calls())))
}
