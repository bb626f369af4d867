package anura_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/adapter/anura"
)

// The token has no known shape, so that it is scrubbed only where it is known.
const (
	token        = "anura/reporting+token=0f1e2d3c"
	encodedToken = "anura%2Freporting%2Btoken%3D0f1e2d3c"
)

func newBench(t *testing.T, handler http.Handler) *adaptertest.Bench {
	t.Helper()
	return adaptertest.New(t, adaptertest.Options{
		Vendor: eventv1.Vendor_VENDOR_ANURA, Credential: token, BasePath: "/v1",
	}, anura.New, handler)
}

func clientOf(b *adaptertest.Bench) anurav1.AnuraServiceClient {
	return anurav1.NewAnuraServiceClient(b.Conn)
}

// day returns the day so many days before today as the API writes it.
func day(t *testing.T, ago int) int32 {
	t.Helper()
	n, err := strconv.ParseInt(time.Now().UTC().AddDate(0, 0, -ago).Format("20060102"), 10, 32)
	require.NoError(t, err)
	return int32(n)
}

func lastWeek(t *testing.T) *anurav1.GetOverviewRequest {
	t.Helper()
	return &anurav1.GetOverviewRequest{Source: adaptertest.Source, Start: day(t, 6), End: day(t, 0)}
}

func listRequest() *anurav1.ListInstancesRequest {
	return &anurav1.ListInstancesRequest{Source: adaptertest.Source}
}

func listInstances(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).ListInstances(ctx, listRequest())
	return err
}

func decimal(n int32) string { return strconv.Itoa(int(n)) }
