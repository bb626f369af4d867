package anura_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

const (
	source = adaptertest.Source
	rawID  = "kuDZdF6v"
)

// someCall is one call of the service with a sound request.
type someCall struct {
	isEffect bool
	do       func(context.Context, anurav1.AnuraServiceClient) error
}

func (c someCall) make(ctx context.Context, b *adaptertest.Bench) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return c.do(ctx, clientOf(b))
}

// unary makes a call of a request without regard to its answer.
func unary[Q, P any](
	method func(anurav1.AnuraServiceClient, context.Context, *Q, ...grpc.CallOption) (*P, error), req *Q,
) someCall {
	return someCall{do: func(ctx context.Context, client anurav1.AnuraServiceClient) error {
		_, err := method(client, ctx, req)
		return err
	}}
}

// drain reads a stream to its end.
func drain[P any](stream grpc.ServerStreamingClient[P], err error) ([]*P, error) {
	var pages []*P
	for err == nil {
		var page *P
		if page, err = stream.Recv(); err == nil {
			pages = append(pages, page)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return pages, err
}

func streamed[Q, P any](
	method func(anurav1.AnuraServiceClient, context.Context, *Q, ...grpc.CallOption) (grpc.ServerStreamingClient[P], error), req *Q,
) someCall {
	return someCall{do: func(ctx context.Context, client anurav1.AnuraServiceClient) error {
		_, err := drain(method(client, ctx, req))
		return err
	}}
}

func someReport(t *testing.T) *anurav1.ListReportRowsRequest {
	t.Helper()
	return &anurav1.ListReportRowsRequest{
		Source: source, Dimension: anurav1.Dimension_DIMENSION_SESSIONS, Start: day(t, 6), End: day(t, 0),
	}
}

func someRawReport(t *testing.T) *anurav1.CreateRawReportRequest {
	t.Helper()
	return &anurav1.CreateRawReportRequest{
		Source: source, Type: anurav1.RawType_RAW_TYPE_DIRECT, Instance: "1001", Start: day(t, 89), End: day(t, 0),
		StandardColumns: []string{"source", "result"}, Name: "audit & more",
	}
}

// calls has one call of every method of the service.
func calls(t *testing.T) map[string]someCall {
	t.Helper()
	type client = anurav1.AnuraServiceClient
	start, end := day(t, 6), day(t, 0)
	create := unary(client.CreateRawReport, someRawReport(t))
	create.isEffect = true
	return map[string]someCall{
		"ListInstances":     unary(client.ListInstances, &anurav1.ListInstancesRequest{Source: source}),
		"GetOverview":       unary(client.GetOverview, lastWeek(t)),
		"GetScriptOverview": unary(client.GetScriptOverview, &anurav1.GetScriptOverviewRequest{Source: source, Start: day(t, 30), End: end}),
		"ListSources":       streamed(client.ListSources, &anurav1.ListSourcesRequest{Source: source, Start: start, End: end}),
		"ListCampaigns":     streamed(client.ListCampaigns, &anurav1.ListCampaignsRequest{Source: source, Start: start, End: end}),
		"ListReportRows":    streamed(client.ListReportRows, someReport(t)),
		"CreateRawReport":   create,
		"ListRawReports":    streamed(client.ListRawReports, &anurav1.ListRawReportsRequest{Source: source}),
		"GetRawReport":      unary(client.GetRawReport, &anurav1.GetRawReportRequest{Source: source, RawReportId: rawID}),
		"DownloadRawReport": streamed(client.DownloadRawReport, &anurav1.DownloadRawReportRequest{Source: source, RawReportId: rawID}),
		"GetRawReportLink":  unary(client.GetRawReportLink, &anurav1.GetRawReportLinkRequest{Source: source, RawReportId: rawID}),
	}
}

// methods returns the names of the service's methods.
func methods() []string {
	var names []string
	list := anurav1.File_signalbox_anura_v1_anura_service_proto.Services().Get(0).Methods()
	for i := range list.Len() {
		names = append(names, string(list.Get(i).Name()))
	}
	return names
}

func TestCalls_HaveEveryMethodOfTheService(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, methods(), slices.Collect(maps.Keys(calls(t))))
}
