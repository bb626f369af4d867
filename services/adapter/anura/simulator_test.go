package anura_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/adapter/anura"
	"github.com/signalbox-io/signalbox/services/simulator"
	simulated "github.com/signalbox-io/signalbox/services/simulator/anura"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

func newSimulatedBench(t *testing.T, options simulator.Options) (*simulator.Server, *adaptertest.Bench) {
	t.Helper()
	vendor := simulator.New(options)
	return vendor, adaptertest.New(t, adaptertest.Options{
		Vendor: eventv1.Vendor_VENDOR_ANURA, Credential: simulator.DefaultAnuraToken, BasePath: "/anura/v1",
	}, anura.New, vendor.Handler())
}

func TestSimulator_InstancesAndOverviews(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	vendor.Anura.AddInstance(simulated.Instance{ID: 1001, Name: "Shop & Garden"})
	vendor.Anura.AddInstance(simulated.Instance{ID: 1002, Name: "Blog"})
	now := time.Now()
	sale := simulated.Place{Instance: 1001, Source: "ads", Campaign: "spring sale"}
	vendor.Anura.SetCounts(sale, now, simulated.Counts{NonSuspect: 54, Suspect: 46, Mobile: 30})
	vendor.Anura.SetCounts(sale, now.AddDate(0, 0, -30), simulated.Counts{NonSuspect: 10})
	vendor.Anura.SetCounts(simulated.Place{Instance: 1002, Source: "ads", Campaign: "other"}, now, simulated.Counts{NonSuspect: 1})

	listed, err := clientOf(b).ListInstances(t.Context(), &anurav1.ListInstancesRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	adaptertest.EqualJSON(t, `{"instances":[{"id":"All Instances","name":"All Instances"},
		{"id":"1001","name":"Shop & Garden"},{"id":"1002","name":"Blog"}]}`, listed)

	for name, tc := range map[string]struct {
		instance, campaign string
		nonsuspect         int64
	}{
		"all":             {"", "", 65},
		"by its name":     {"All Instances", "", 65},
		"one instance":    {"1001", "", 64},
		"one campaign":    {"1001", "spring sale", 64},
		"another's":       {"1002", "spring sale", 0},
		"a foreign text&": {"1001", "a&b=c%", 0},
	} {
		got, err := clientOf(b).GetOverview(t.Context(), &anurav1.GetOverviewRequest{
			Source: adaptertest.Source, Start: day(t, 30), End: day(t, 0), Instance: tc.instance, Campaign: tc.campaign,
		})
		require.NoError(t, err, name)
		require.Equal(t, tc.nonsuspect, got.GetTotal().GetNonsuspect(), name)
		var sum int64
		for _, d := range got.GetDays() {
			sum += d.GetNonsuspect()
		}
		require.Equal(t, tc.nonsuspect, sum, name)
	}
}

func TestSimulator_AWrongTokenIsTheCredential(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]simulator.Options{
		"unknown": {Credentials: simulator.Credentials{AnuraToken: "another"}},
		"expired": {AnuraTokenExpires: time.Now().Add(-time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, b := newSimulatedBench(t, options)
			b.Expect(t, listInstances(t.Context(), b), adaptertest.CredentialRefused(), simulator.DefaultAnuraToken)
			b.Expect(t, overview(t.Context(), t, b), adaptertest.CredentialRefused(), simulator.DefaultAnuraToken)
		})
	}
}

func TestSimulator_FaultsMeanWhatTheyAre(t *testing.T) {
	t.Parallel()
	for kind, want := range map[fault.Kind]adaptertest.Failure{
		fault.Garbage:   adaptertest.BadAnswer(),
		fault.HTML:      adaptertest.BadAnswer(),
		fault.HalfJSON:  adaptertest.BadAnswer(),
		fault.Huge:      adaptertest.BadAnswer(),
		fault.Empty:     adaptertest.BadAnswer(),
		fault.Reset:     adaptertest.Unavailable(),
		fault.Status:    adaptertest.Unavailable(),
		fault.RateLimit: adaptertest.RateLimited(),
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			vendor, b := newSimulatedBench(t, simulator.Options{})
			require.NoError(t, vendor.SetFault(fault.Fault{Vendor: "anura", Kind: kind, RetryAfterSeconds: 60}))
			b.Expect(t, overview(t.Context(), t, b), want, simulator.DefaultAnuraToken)
			vendor.ClearFaults("")
			require.Equal(t, http.MethodPost, b.Requests()[0].Method)
		})
	}
}
