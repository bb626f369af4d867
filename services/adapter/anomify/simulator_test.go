package anomify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/adapter/anomify"
	"github.com/signalbox-io/signalbox/services/simulator"
	simulated "github.com/signalbox-io/signalbox/services/simulator/anomify"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

func newSimulatedBench(t *testing.T, options simulator.Options) (*simulator.Server, *adaptertest.Bench) {
	t.Helper()
	vendor := simulator.New(options)
	return vendor, adaptertest.New(t, adaptertest.Options{
		Vendor: eventv1.Vendor_VENDOR_ANOMIFY, Credential: simulator.DefaultAnomifyToken, BasePath: "/anomify",
	}, anomify.New, vendor.Handler())
}

func TestSimulator_AnomaliesOfAWindow(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	lower, upper := 38.0, 52.0
	at := time.Unix(1657024800, 0)
	vendor.Anomify.AddAnomaly(simulated.Anomaly{ID: 2, Metric: "shop/check out", Value: 11, Score: 0.97, At: at, Until: at.Add(time.Minute), ExpectedLower: &lower, ExpectedUpper: &upper})
	vendor.Anomify.AddAnomaly(simulated.Anomaly{ID: 1, Metric: "other", Value: 0, Score: 0.1, At: at})
	vendor.Anomify.AddAnomaly(simulated.Anomaly{ID: 3, Metric: "other", At: at.Add(time.Hour)})

	req := window()
	got, err := clientOf(b).ListAnomalies(t.Context(), req)
	require.NoError(t, err)
	require.Empty(t, got.GetRejected())
	require.Len(t, got.GetAnomalies(), 2)
	require.Equal(t, "1", got.GetAnomalies()[0].GetId())
	require.Nil(t, got.GetAnomalies()[0].ExpectedRangeLower)
	anomaly := got.GetAnomalies()[1]
	require.Equal(t, "shop/check out", anomaly.GetMetric())
	require.InDelta(t, 0.97, anomaly.GetScore(), 0)
	require.InDelta(t, 38, anomaly.GetExpectedRangeLower(), 0)
	require.InDelta(t, 52, anomaly.GetExpectedRangeUpper(), 0)
	require.Equal(t, timestamppb.New(at.Add(time.Minute)).GetSeconds(), anomaly.GetUntilTimestamp().GetSeconds())

	req.Metric = "shop/check out"
	got, err = clientOf(b).ListAnomalies(t.Context(), req)
	require.NoError(t, err)
	require.Len(t, got.GetAnomalies(), 1)
}

func TestSimulator_AWatcherIsCreatedAndListed(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	created, err := clientOf(b).CreateWatcher(t.Context(), &anomifyv1.CreateWatcherRequest{
		Source: adaptertest.Source, Name: "Shop [sb-abcdef]", Chips: []string{"shop", "spring sale"}, Alert: true,
	})
	require.NoError(t, err)
	require.NotNil(t, created.GetWatcher().GetCreatedTimestamp())
	require.EqualValues(t, 3600, created.GetWatcher().GetExpirationTime().GetSeconds())
	listed, err := clientOf(b).ListWatchers(t.Context(), &anomifyv1.ListWatchersRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	require.Len(t, listed.GetWatchers(), 1)
	got := listed.GetWatchers()[0]
	require.True(t, proto.Equal(created.GetWatcher(), got))
	got.CreatedTimestamp, got.ExpirationTime = nil, nil
	adaptertest.EqualJSON(t, `{"id":"1","name":"Shop [sb-abcdef]","chips":["shop","spring sale"],"alert":true}`, got)
	require.Len(t, vendor.Effects(), 1)
}

func TestSimulator_FaultsMeanWhatTheyAre(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault   fault.Kind
		want    adaptertest.Failure
		effects int
	}{
		"the answer is lost":   {fault.LoseAnswer, adaptertest.OutcomeUnknown(), 1},
		"half an answer":       {fault.HalfJSON, adaptertest.OutcomeUnknown(), 1},
		"the connection broke": {fault.Reset, adaptertest.OutcomeUnknown(), 0},
		"no credential":        {fault.Unauthorized, adaptertest.CredentialRefused(), 0},
		"too many calls":       {fault.RateLimit, adaptertest.RateLimited(), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor, b := newSimulatedBench(t, simulator.Options{})
			require.NoError(t, vendor.SetFault(fault.Fault{Vendor: "anomify", Kind: tc.fault, Path: "/watcher/create"}))
			b.Expect(t, createWatcher(t.Context(), b), tc.want, simulator.DefaultAnomifyToken)
			require.Len(t, vendor.Effects(), tc.effects)
		})
	}
}

func TestSimulator_AWrongToken(t *testing.T) {
	t.Parallel()
	_, b := newSimulatedBench(t, simulator.Options{Credentials: simulator.Credentials{AnomifyToken: "another"}})
	b.Expect(t, listWatchers(t.Context(), b), adaptertest.CredentialRefused(), simulator.DefaultAnomifyToken)
}
