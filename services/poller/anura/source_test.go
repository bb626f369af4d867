package anura_test

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/poller/anura"
)

// fake is an adapter that counts one request in two suspect.
type fake struct {
	t         *testing.T
	instances []*anurav1.Instance
	rejected  []*anurav1.RejectedRecord
	err       map[string]error
	asked     []*anurav1.GetOverviewRequest
	tables    []*anurav1.ListReportRowsRequest
	pages     []*anurav1.ListReportRowsResponse
	// hangs keeps the last page from being the end.
	hangs bool
}

func (f *fake) ListInstances(
	ctx context.Context, in *anurav1.ListInstancesRequest, _ ...grpc.CallOption,
) (*anurav1.ListInstancesResponse, error) {
	f.expectDeadline(ctx)
	require.Equal(f.t, account, in.GetSource())
	return &anurav1.ListInstancesResponse{Instances: f.instances, Rejected: f.rejected}, f.err["list"]
}

func (f *fake) GetOverview(
	ctx context.Context, in *anurav1.GetOverviewRequest, _ ...grpc.CallOption,
) (*anurav1.GetOverviewResponse, error) {
	f.expectDeadline(ctx)
	f.asked = append(f.asked, in)
	if err := f.err[in.GetInstance()]; err != nil {
		return nil, err
	}
	return &anurav1.GetOverviewResponse{Days: []*anurav1.DayCounts{{Day: in.GetEnd(), Suspect: 1, Nonsuspect: 1}}}, nil
}

func (f *fake) GetScriptOverview(
	ctx context.Context, in *anurav1.GetScriptOverviewRequest, _ ...grpc.CallOption,
) (*anurav1.GetScriptOverviewResponse, error) {
	f.expectDeadline(ctx)
	return &anurav1.GetScriptOverviewResponse{
		Days: []*anurav1.ScriptDay{{Day: in.GetEnd(), Counts: &anurav1.ScriptCounts{Good: 1, Bad: 1}}},
	}, f.err[in.GetInstance()]
}

func (f *fake) ListReportRows(
	ctx context.Context, in *anurav1.ListReportRowsRequest, _ ...grpc.CallOption,
) (grpc.ServerStreamingClient[anurav1.ListReportRowsResponse], error) {
	f.tables = append(f.tables, in)
	if err := f.err[in.GetInstance()]; err != nil {
		return nil, err
	}
	return &pages{ctx: ctx, left: slices.Clone(f.pages), hangs: f.hangs}, nil
}

// pages is a stream of pages that ends with the last.
type pages struct {
	grpc.ServerStreamingClient[anurav1.ListReportRowsResponse]

	ctx   context.Context //nolint:containedctx // a stream is of one call
	left  []*anurav1.ListReportRowsResponse
	hangs bool
}

func (p *pages) Recv() (*anurav1.ListReportRowsResponse, error) {
	if len(p.left) == 0 && p.hangs {
		<-p.ctx.Done()
		return nil, status.FromContextError(p.ctx.Err()).Err()
	}
	if len(p.left) == 0 {
		return nil, io.EOF
	}
	page := p.left[0]
	p.left = p.left[1:]
	return page, nil
}

func (f *fake) expectDeadline(ctx context.Context) {
	_, ok := ctx.Deadline()
	require.True(f.t, ok)
}

func fetch(t *testing.T, f *fake, source config.Source, w poll.Window) (poll.Batch, error) {
	t.Helper()
	f.t = t
	source.Name, source.Timeout = account, time.Minute
	return anura.NewSource(source, f, func() time.Time { return w.To }).Fetch(t.Context(), w)
}

// unauthorized is the adapter's error for a 401.
func unauthorized() error {
	return rpc.Error(codes.Unauthenticated, "CREDENTIAL_REFUSED", map[string]string{"http_status": "401"},
		"get_overview at anura-main: vendor answered 401; check the source's credential")
}

func hour() poll.Window { return poll.Window{From: at(9, 0), To: at(10, 0)} }

func TestFetch_ReadsEachCampaignOfEachInstance(t *testing.T) {
	t.Parallel()
	f := &fake{instances: []*anurav1.Instance{
		{Id: "All Instances", Name: "All Instances"}, {Id: "7", Name: "Shop"}, {Id: "8"},
	}}
	batch, err := fetch(t, f, config.Source{Instances: []string{"all"}, Campaigns: []string{"a", "b"}}, hour())
	require.NoError(t, err)

	entities := make([]string, 0, len(batch.Events))
	for _, e := range batch.Events {
		entities = append(entities, e.GetLabels()["instance"]+" "+e.GetLabels()["instance_name"]+" "+e.GetEntity())
	}
	require.Equal(t, []string{"7 Shop campaign:a", "7 Shop campaign:b", "8  campaign:a", "8  campaign:b"}, entities)
	require.Equal(t, account, f.asked[0].GetSource())
}

func TestFetch_ReadsConfiguredInstancesWhole(t *testing.T) {
	t.Parallel()
	f := &fake{err: map[string]error{"list": rpc.Error(codes.Internal, "BAD_ANSWER", nil, "not asked")}}
	batch, err := fetch(t, f, config.Source{Instances: []string{"7", "9"}}, hour())
	require.NoError(t, err)
	require.Len(t, batch.Events, 2)
	require.Equal(t, "instance:9", batch.Events[1].GetEntity())
	require.Empty(t, f.asked[1].GetCampaign())
}

func TestFetch_AsksForTheDaysOfTheWindow(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		from       time.Time
		start, end int32
	}{
		"within a day":           {at(9, 0), 20260924, 20260924},
		"over midnight":          {at(-1, 0), 20260923, 20260924},
		"more than the 31 days":  {at(-24*90, 0), 20260825, 20260924},
		"in the instance's zone": {at(9, 0).In(time.FixedZone("", -12*3600)), 20260924, 20260924},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fake{}
			_, err := fetch(t, f, config.Source{Instances: []string{"7"}}, poll.Window{From: test.from, To: at(10, 0)})
			require.NoError(t, err)
			require.Len(t, f.asked, 1, "one call, however many days")
			require.Equal(t, test.start, f.asked[0].GetStart())
			require.Equal(t, test.end, f.asked[0].GetEnd())
		})
	}
}

func TestFetch_AnInstanceThatCannotBeReadCostsOnlyItself(t *testing.T) {
	t.Parallel()
	f := &fake{err: map[string]error{"7": rpc.Error(codes.InvalidArgument, "REFUSED_BY_VENDOR", nil, "no such instance")}}
	batch, err := fetch(t, f, config.Source{Instances: []string{"7", "8"}}, hour())
	require.ErrorContains(t, err, "get overview of instance 7: ")
	require.ErrorContains(t, err, "no such instance")
	require.Len(t, batch.Events, 1)

	f = &fake{err: map[string]error{"list": rpc.Error(codes.Unauthenticated, "CREDENTIAL_REFUSED", nil, "wrong token")}}
	_, err = fetch(t, f, config.Source{Instances: []string{"all"}}, hour())
	require.Equal(t, "CREDENTIAL_REFUSED", rpc.Reason(err))
}

func TestFetch_AnInstanceThatIsUnreadableInTheListIsRejected(t *testing.T) {
	t.Parallel()
	f := &fake{
		instances: []*anurav1.Instance{{Id: "7"}},
		rejected:  []*anurav1.RejectedRecord{{Index: 1, Reason: "instance has no id", Raw: `{"name":"x"}`}},
		err:       map[string]error{"7": rpc.Error(codes.Internal, "BAD_ANSWER", nil, "half a JSON")},
	}
	batch, err := fetch(t, f, config.Source{Instances: []string{"all"}}, hour())
	require.ErrorContains(t, err, "half a JSON")
	require.Equal(t, []poll.Rejected{{
		Reason: "unreadable", Detail: "instance 1 of the list: instance has no id", Record: `{"name":"x"}`,
	}}, batch.Rejected, "whatever becomes of the others")
}

func TestFetch_AForeignInstanceCostsOnlyItself(t *testing.T) {
	t.Parallel()
	f := &fake{err: map[string]error{"foreign": unauthorized()}}
	batch, err := fetch(t, f, config.Source{Instances: []string{"foreign", "7", "8"}, Campaigns: []string{"a", "b"}}, hour())
	require.Equal(t, "REFUSED_BY_VENDOR", rpc.Reason(err), "the others are polled at their usual pace")
	require.ErrorContains(t, err, "get overview of campaign a of instance foreign: ")
	require.ErrorContains(t, err, "vendor answered 401; check the source's credential, or take the instance out")
	require.Len(t, batch.Events, 4)
	require.Len(t, f.asked, 5, "it is not asked for its other campaigns")
}

func TestFetch_ATokenThatNoInstanceTakesIsRefused(t *testing.T) {
	t.Parallel()
	f := &fake{err: map[string]error{"7": unauthorized(), "8": unauthorized()}}
	_, err := fetch(t, f, config.Source{Instances: []string{"7", "8"}, Campaigns: []string{"a", "b"}}, hour())
	require.Equal(t, "CREDENTIAL_REFUSED", rpc.Reason(err))
	require.Len(t, f.asked, 2)

	bad := rpc.Error(codes.Unauthenticated, "CREDENTIAL_REFUSED", map[string]string{"http_status": "400"}, "no token at all")
	f = &fake{err: map[string]error{"7": bad}}
	_, err = fetch(t, f, config.Source{Instances: []string{"7", "8"}}, hour())
	require.Equal(t, "CREDENTIAL_REFUSED", rpc.Reason(err))
	require.Len(t, f.asked, 1, "a 400 is about the token, whatever the instance")
}

func TestFetch_GoesOnWhereTheBudgetWasSpent(t *testing.T) {
	t.Parallel()
	f := &fake{t: t, err: map[string]error{"8": rpc.Error(codes.ResourceExhausted, "RATE_LIMITED", nil, "budget is used up")}}
	s := anura.NewSource(config.Source{Name: account, Timeout: time.Minute, Instances: []string{"7", "8", "9"}}, f,
		func() time.Time { return at(10, 0) })
	_, err := s.Fetch(t.Context(), hour())
	require.ErrorContains(t, err, "budget is used up")
	delete(f.err, "8")
	batch, err := s.Fetch(t.Context(), hour())
	require.NoError(t, err)
	require.Equal(t, "instance:8", batch.Events[0].GetEntity())
	require.Len(t, batch.Events, 3)
}
