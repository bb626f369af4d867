package securereporter_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/adapter/securereporter"
	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
	simulated "github.com/signalbox-io/signalbox/services/simulator/securereporter"
)

func newSimulatedBench(t *testing.T, options simulator.Options) (*simulator.Server, *adaptertest.Bench) {
	t.Helper()
	vendor := simulator.New(options)
	vendor.SecureReporter.AddReport(simulated.Report{
		Name: "Bot Traffic", Binds: []simulated.Bind{simulated.LastDays("_days", "1"), simulated.Equal("_site", "site")},
	})
	return vendor, adaptertest.New(t, adaptertest.Options{
		Vendor: eventv1.Vendor_VENDOR_SECURE_REPORTER, Credential: simulator.DefaultSecureReporterToken,
		BasePath: "/secure-reporter",
	}, securereporter.New, vendor.Handler())
}

func TestSimulator_BindsPickRows(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	at := time.Date(2023, 7, 15, 14, 1, 20, 841_126_000, time.UTC)
	for _, site := range []string{"shop", "blog & more"} {
		vendor.SecureReporter.AddRow("bot-traffic", simulated.Row{At: time.Now(), Columns: map[string]any{
			"site": site, "bots": 480, "share": 0.5, "note": nil, "live": true, "seen": simulated.NaiveTime(at),
		}})
	}
	for _, report := range []string{"bot-traffic", "1"} {
		got, err := callReport(t.Context(), b, report, map[string]string{"_site": "blog & more", "_days": "2"})
		require.NoError(t, err)
		require.Len(t, got.GetRecords(), 1)
		record := got.GetRecords()[0]
		require.NotEmpty(t, record.GetRaw())
		record.Raw = ""
		adaptertest.EqualJSON(t, `{"cells":{"site":{"text":"blog & more"},"bots":{"number":480},"share":{"number":0.5},
			"note":{},"live":{"flag":true},"seen":{"text":"2023-07-15 14:01:20.841126","time":"2023-07-15T14:01:20.841126Z"}}}`, record)
	}
}

func TestSimulator_Failures(t *testing.T) {
	t.Parallel()
	_, b := newSimulatedBench(t, simulator.Options{})
	_, err := callReport(t.Context(), b, "bot-traffic", nil)
	b.Expect(t, err, adaptertest.Refused(), uuid)
	require.Contains(t, err.Error(), "no value for bind variable :_site")
	_, err = callReport(t.Context(), b, "none", nil)
	b.Expect(t, err, adaptertest.NotFound(), uuid)

	_, b = newSimulatedBench(t, simulator.Options{Credentials: simulator.Credentials{SecureReporterToken: "other:uuid"}})
	_, err = callReport(t.Context(), b, "bot-traffic", nil)
	b.Expect(t, err, adaptertest.CredentialRefused(), uuid)
}

func TestSimulator_FaultsMeanWhatTheyAre(t *testing.T) {
	t.Parallel()
	for kind, want := range map[fault.Kind]adaptertest.Failure{
		fault.Garbage:      adaptertest.BadAnswer(),
		fault.HTML:         adaptertest.BadAnswer(),
		fault.HalfJSON:     adaptertest.BadAnswer(),
		fault.Huge:         adaptertest.BadAnswer(),
		fault.Empty:        adaptertest.BadAnswer(),
		fault.Reset:        adaptertest.Unavailable(),
		fault.Status:       adaptertest.Unavailable(),
		fault.RateLimit:    adaptertest.RateLimited(),
		fault.Unauthorized: adaptertest.CredentialRefused(),
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			vendor, b := newSimulatedBench(t, simulator.Options{})
			require.NoError(t, vendor.SetFault(fault.Fault{Vendor: "secure-reporter", Kind: kind, RetryAfterSeconds: 60}))
			_, err := callReport(t.Context(), b, "bot-traffic", map[string]string{"_site": "shop"})
			b.Expect(t, err, want, uuid)
		})
	}
}
