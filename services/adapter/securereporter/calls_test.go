package securereporter_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// kind is what a call makes of an answer.
type kind int

const (
	// aRead is a read whose answer is JSON, or the bare text of a time.
	aRead kind = iota
	// aPage is a read whose answer is HTML.
	aPage
	// anEffect is an effect of whose answer only failures are documented.
	anEffect
)

// someCall is one call of the service with a sound request.
type someCall struct {
	kind kind
	make func(context.Context, *adaptertest.Bench) error
}

// unary makes a call of a request without regard to its answer.
func unary[Q, P any](
	k kind, method func(securereporterv1.SecureReporterServiceClient, context.Context, *Q, ...grpc.CallOption) (*P, error), req *Q,
) someCall {
	return someCall{k, func(ctx context.Context, b *adaptertest.Bench) error {
		_, err := method(clientOf(b), ctx, req)
		return err
	}}
}

// sampleParameters are those of the document's sample code.
func sampleParameters() map[string]string { return map[string]string{"_select_test_one": "1"} }

// calls has one call of every method of the service.
func calls() map[string]someCall {
	type client = securereporterv1.SecureReporterServiceClient
	const source, report = adaptertest.Source, "gst-balance"
	return map[string]someCall{
		"CallReport": unary(aRead, client.CallReport, &securereporterv1.CallReportRequest{
			Source: source, Report: "123", Parameters: sampleParameters(),
		}),
		"ListChoices":      unary(aRead, client.ListChoices, &securereporterv1.ListChoicesRequest{Source: source, ReportFieldId: 7}),
		"GetServerTime":    unary(aRead, client.GetServerTime, &securereporterv1.GetServerTimeRequest{Source: source}),
		"GetServerIsoTime": unary(aRead, client.GetServerIsoTime, &securereporterv1.GetServerIsoTimeRequest{Source: source}),
		"GetTemplate":      unary(aPage, client.GetTemplate, &securereporterv1.GetTemplateRequest{Source: source, Report: report}),
		"GetReportDefinition": unary(aRead, client.GetReportDefinition, &securereporterv1.GetReportDefinitionRequest{
			Source: source, ReportId: 123,
		}),
		"MailReport": unary(anEffect, client.MailReport, &securereporterv1.MailReportRequest{
			Source: source, Report: report, Parameters: sampleParameters(),
		}),
	}
}

func callOf(method string) func(context.Context, *adaptertest.Bench) error {
	return calls()[method].make
}

// methods returns the names of the service's methods.
func methods() []string {
	var names []string
	list := securereporterv1.File_signalbox_securereporter_v1_secure_reporter_service_proto.Services().Get(0).Methods()
	for i := range list.Len() {
		names = append(names, string(list.Get(i).Name()))
	}
	return names
}

func TestCalls_HaveEveryMethodOfTheService(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, methods(), slices.Collect(maps.Keys(calls())))
}
