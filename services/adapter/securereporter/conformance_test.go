package securereporter_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
	simulated "github.com/signalbox-io/signalbox/services/simulator/securereporter"
)

const source = adaptertest.Source

// newWholeBench is an installation of which every call has something to read:
// calls find what their sound requests ask for.
func newWholeBench(t *testing.T) (*simulator.Server, *adaptertest.Bench) {
	t.Helper()
	vendor, b := newSimulatedBench(t, simulator.Options{Now: func() time.Time {
		return time.Date(2023, 7, 15, 14, 1, 20, 841_126_000, time.UTC)
	}})
	for range 121 {
		vendor.SecureReporter.AddReport(simulated.Report{Name: "filler " + time.Now().Format(time.RFC3339Nano)})
	}
	site := simulated.Field{Name: "_site", Order: 1, Choices: []simulated.Choice{{Value: "shop", Label: "The shop"}}}
	vendor.SecureReporter.AddReport(simulated.Report{
		Name: "GST Balance", Template: "<h1>Balance</h1>",
		Fields: []simulated.Field{{Name: "_a", Order: 7}, {Name: "_b", Order: 6}, {Name: "_c", Order: 5}, {Name: "_d", Order: 4}, {Name: "_e", Order: 3}, {Name: "_f", Order: 2}, site},
	})
	return vendor, b
}

func TestConformance_EveryCallWorks(t *testing.T) {
	t.Parallel()
	vendor, b := newWholeBench(t)
	for name, call := range calls() {
		require.NoError(t, call.make(t.Context(), b), name)
	}
	require.Len(t, vendor.SecureReporter.Mails(), 1)
	require.Len(t, vendor.Effects(), 1)
	require.Equal(t, "1", vendor.SecureReporter.Mails()[0].Form.Get("_select_test_one"))
	require.Empty(t, vendor.Excesses())
}

func TestConformance_TheServersTimeAtBothEndpoints(t *testing.T) {
	t.Parallel()
	_, b := newWholeBench(t)
	at, err := clientOf(b).GetServerTime(t.Context(), &securereporterv1.GetServerTimeRequest{Source: source})
	require.NoError(t, err)
	iso, err := clientOf(b).GetServerIsoTime(t.Context(), &securereporterv1.GetServerIsoTimeRequest{Source: source})
	require.NoError(t, err)
	require.Equal(t, time.Date(2023, 7, 15, 14, 1, 20, 841_126_000, time.UTC), at.GetTime().AsTime())
	require.Equal(t, at.GetTime().AsTime(), iso.GetTime().AsTime())
}

func TestConformance_ADefinitionLeadsToItsChoices(t *testing.T) {
	t.Parallel()
	_, b := newWholeBench(t)
	got, err := clientOf(b).GetReportDefinition(t.Context(), &securereporterv1.GetReportDefinitionRequest{Source: source, ReportId: 123})
	require.NoError(t, err)
	definition := got.GetDefinition()
	require.Equal(t, "GST Balance", definition.GetName())
	require.Equal(t, "gst-balance", definition.GetExtra().GetFields()["slug"].GetStringValue())
	require.Len(t, definition.GetFields(), 7)
	first := definition.GetFields()[0]
	require.Equal(t, "_site", first.GetName(), "sorted by field_order")
	require.EqualValues(t, 1, first.GetFieldOrder())
	choices, err := clientOf(b).ListChoices(t.Context(), &securereporterv1.ListChoicesRequest{Source: source, ReportFieldId: first.GetId()})
	require.NoError(t, err)
	require.Len(t, choices.GetChoices(), 1)
	require.Equal(t, "shop", choices.GetChoices()[0].GetValue())
	require.Equal(t, "The shop", choices.GetChoices()[0].GetLabel())
}

func TestConformance_ATemplateComesWithoutItsPage(t *testing.T) {
	t.Parallel()
	_, b := newWholeBench(t)
	got, err := clientOf(b).GetTemplate(t.Context(), &securereporterv1.GetTemplateRequest{Source: source, Report: "123"})
	require.NoError(t, err)
	require.Equal(t, "<h1>Balance</h1>", got.GetHtml())
	_, err = clientOf(b).GetTemplate(t.Context(), &securereporterv1.GetTemplateRequest{Source: source, Report: "bot-traffic"})
	b.Expect(t, err, adaptertest.NotFound())
}

// TestConformance_EveryFailureOfEveryCall makes the simulator refuse each call
// in each way that it knows.
func TestConformance_EveryFailureOfEveryCall(t *testing.T) {
	t.Parallel()
	for kind, tc := range map[fault.Kind]struct{ read, effect adaptertest.Failure }{
		fault.Unauthorized: {adaptertest.CredentialRefused(), adaptertest.CredentialRefused()},
		fault.ExpiredToken: {adaptertest.CredentialRefused(), adaptertest.CredentialRefused()},
		fault.RateLimit:    {adaptertest.RateLimited(), adaptertest.RateLimited()},
		fault.Status:       {adaptertest.Unavailable(), adaptertest.OutcomeUnknown()},
		fault.Reset:        {adaptertest.Unavailable(), adaptertest.OutcomeUnknown()},
		fault.LoseAnswer:   {adaptertest.Unavailable(), adaptertest.OutcomeUnknown()},
	} {
		for name, call := range calls() {
			t.Run(string(kind)+"/"+name, func(t *testing.T) {
				t.Parallel()
				vendor, b := newWholeBench(t)
				require.NoError(t, vendor.SetFault(fault.Fault{Vendor: "secure-reporter", Kind: kind, RetryAfterSeconds: 60}))
				want := tc.read
				if call.kind == anEffect {
					want = tc.effect
				}
				b.Expect(t, call.make(t.Context(), b), want, uuid, encoded)
				if call.kind == anEffect {
					require.Equal(t, 1, b.Calls())
				}
			})
		}
	}
}

func TestConformance_AMailWhoseAnswerIsLostIsSentOnce(t *testing.T) {
	t.Parallel()
	vendor, b := newWholeBench(t)
	require.NoError(t, vendor.SetFault(fault.Fault{Vendor: "secure-reporter", Kind: fault.LoseAnswer, Count: 1}))
	b.Expect(t, callOf("MailReport")(t.Context(), b), adaptertest.OutcomeUnknown())
	require.Len(t, vendor.SecureReporter.Mails(), 1)
}
