package anomify_test

import (
	"context"
	"net/http"
	"testing"

	"google.golang.org/protobuf/types/known/timestamppb"

	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/adapter/anomify"
)

// token is the document's sample.
const token = "2198b4ce0e9884d44b030397a6395b53"

func newBench(t *testing.T, handler http.Handler) *adaptertest.Bench {
	t.Helper()
	return adaptertest.New(t, adaptertest.Options{
		Vendor: eventv1.Vendor_VENDOR_ANOMIFY, Credential: token,
	}, anomify.New, handler)
}

func clientOf(b *adaptertest.Bench) anomifyv1.AnomifyServiceClient {
	return anomifyv1.NewAnomifyServiceClient(b.Conn)
}

func window() *anomifyv1.ListAnomaliesRequest {
	return &anomifyv1.ListAnomaliesRequest{
		Source:    adaptertest.Source,
		FromTime:  &timestamppb.Timestamp{Seconds: 1657020000},
		UntilTime: &timestamppb.Timestamp{Seconds: 1657026000},
	}
}

func listAnomalies(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).ListAnomalies(ctx, window())
	return err
}

func listWatchers(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).ListWatchers(ctx, &anomifyv1.ListWatchersRequest{Source: adaptertest.Source})
	return err
}

func createWatcher(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).CreateWatcher(ctx, &anomifyv1.CreateWatcherRequest{
		Source: adaptertest.Source, Name: "Signalbox: shop & co", Chips: []string{"shop", "spring sale"}, Alert: true,
	})
	return err
}

// enveloped answers 200 with the data in the vendor's envelope.
func enveloped(data string) http.Handler {
	return adaptertest.Answer(http.StatusOK, `{"status":{"created_timestamp":1657025919,"code":200},"data":`+data+`}`)
}
