package securereporter_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/poller/securereporter"
)

// fake is an adapter that returns one row for every report.
type fake struct {
	t     *testing.T
	err   map[string]error
	asked []*securereporterv1.CallReportRequest
}

func (f *fake) CallReport(
	ctx context.Context, in *securereporterv1.CallReportRequest, _ ...grpc.CallOption,
) (*securereporterv1.CallReportResponse, error) {
	_, ok := ctx.Deadline()
	require.True(f.t, ok)
	f.asked = append(f.asked, in)
	return &securereporterv1.CallReportResponse{Records: []*securereporterv1.Record{row(nil)}}, f.err[in.GetReport()]
}

func newSource(f *fake, reports ...config.Report) (*securereporter.Source, error) {
	return securereporter.NewSource(config.Source{Name: account, Timeout: time.Minute, Reports: reports}, f, observed)
}

func TestFetch_CallsEachReportWithItsParameters(t *testing.T) {
	t.Parallel()
	first, second := botTraffic(), botTraffic()
	first.Parameters = map[string]string{"_days": "1"}
	second.Name = "7"
	f := &fake{t: t}
	s, err := newSource(f, first, second)
	require.NoError(t, err)
	batch, err := s.Fetch(t.Context(), poll.Window{})
	require.NoError(t, err)

	require.Len(t, f.asked, 2)
	require.Equal(t, account, f.asked[0].GetSource())
	require.Equal(t, map[string]string{"_days": "1"}, f.asked[0].GetParameters())
	require.Empty(t, f.asked[1].GetParameters())
	require.Equal(t, "bot-traffic/shop/2026-09-24 08:00:00", batch.Events[0].GetNativeId())
	require.Equal(t, "7/shop/2026-09-24 08:00:00", batch.Events[1].GetNativeId())
	require.Equal(t, "7", batch.Events[1].GetLabels()["report"])
}

func TestFetch_AReportThatFailsCostsOnlyItself(t *testing.T) {
	t.Parallel()
	other := botTraffic()
	other.Name = "other"
	f := &fake{t: t, err: map[string]error{"bot-traffic": rpc.Error(codes.InvalidArgument, "REFUSED_BY_VENDOR", nil, "no value for :_days")}}
	s, err := newSource(f, botTraffic(), other)
	require.NoError(t, err)
	batch, err := s.Fetch(t.Context(), poll.Window{})
	require.ErrorContains(t, err, "call report bot-traffic: ")
	require.ErrorContains(t, err, "no value for :_days")
	require.Len(t, batch.Events, 1)
}

func TestNewSource_NamesEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	_, err := newSource(nil, botTraffic(),
		config.Report{Name: "two", Event: config.ReportEvent{
			Kind: "traffic", NativeID: "row.", OccurredAt: "row.at > 3", Entity: "1 +", Title: "[1]", Severity: "true && 2",
			Labels: map[string]string{"a": "row..a", "b": "row.b"}, Measures: map[string]string{"c": `"text"`},
		}},
		config.Report{Name: "three", Event: config.ReportEvent{Kind: "feedback", NativeID: "row.id"}},
		config.Report{Name: "four", Event: config.ReportEvent{
			Kind: "anomaly", NativeID: "row.id", OccurredAt: "row.at", Measures: map[string]string{"requests": "row.n", "value": "row.v"},
		}},
	)
	for _, want := range []string{
		"reports[1] (two): event.native_id: ", "event.occurred_at: ", "event.entity: ", "event.title: ", "event.severity: ",
		"event.labels.a: ", "event.measures.c: ",
		"reports[2] (three): event.occurred_at: ", `event.kind: "feedback" is neither traffic nor anomaly`,
		"reports[3] (four): event.measures.requests: an anomaly has the measures",
	} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "reports[0]")
	require.NotContains(t, err.Error(), "labels.b")
	require.NotContains(t, err.Error(), "measures.value")
}
