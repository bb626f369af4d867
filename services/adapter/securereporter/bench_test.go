package securereporter_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/signalbox-io/signalbox/pkg/config"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/adapter/securereporter"
)

// The document's sample token in its forms.
const (
	uuid    = "8c19a680-95bb-4a58-ae4a-a56b93a7fc22"
	token   = "one-week:" + uuid
	encoded = "b25lLXdlZWs6OGMxOWE2ODAtOTViYi00YTU4LWFlNGEtYTU2YjkzYTdmYzIy"
)

func newBench(t *testing.T, handler http.Handler) *adaptertest.Bench {
	t.Helper()
	return newBenchWith(t, token, handler)
}

func newBenchWith(t *testing.T, credential string, handler http.Handler) *adaptertest.Bench {
	t.Helper()
	return newBenchOf(t, credential, nil, handler)
}

func newBenchOf(
	t *testing.T, credential string, configure func(*config.Source), handler http.Handler,
) *adaptertest.Bench {
	t.Helper()
	return adaptertest.New(t, adaptertest.Options{
		Vendor: eventv1.Vendor_VENDOR_SECURE_REPORTER, Credential: credential, Configure: configure,
	}, securereporter.New, handler)
}

func clientOf(b *adaptertest.Bench) securereporterv1.SecureReporterServiceClient {
	return securereporterv1.NewSecureReporterServiceClient(b.Conn)
}

func callReport(
	ctx context.Context, b *adaptertest.Bench, report string, parameters map[string]string,
) (*securereporterv1.CallReportResponse, error) {
	return clientOf(b).CallReport(ctx, &securereporterv1.CallReportRequest{
		Source: adaptertest.Source, Report: report, Parameters: parameters,
	})
}
