package analytics_test

import (
	"context"
	"net/http"
	"testing"

	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/adapter/analytics"
)

const (
	key  = "ap_live_51f0c9d2e4b84a7f"
	site = "6507f1f77bcf86cd799439011"
)

func newBench(t *testing.T, handler http.Handler) *adaptertest.Bench {
	t.Helper()
	return adaptertest.New(t, adaptertest.Options{
		Vendor: eventv1.Vendor_VENDOR_ANALYTICS, Credential: key, BasePath: "/api/v2",
	}, analytics.New, handler)
}

func clientOf(b *adaptertest.Bench) analyticsv1.AnalyticsServiceClient {
	return analyticsv1.NewAnalyticsServiceClient(b.Conn)
}

func listSites(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).ListSites(ctx, &analyticsv1.ListSitesRequest{Source: adaptertest.Source})
	return err
}

func getStats(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).GetSiteStats(ctx, &analyticsv1.GetSiteStatsRequest{Source: adaptertest.Source, SiteId: site})
	return err
}

func getRealtime(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).GetRealtime(ctx, &analyticsv1.GetRealtimeRequest{Source: adaptertest.Source, SiteId: site})
	return err
}
