package securereporter_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// TestDocument_RequestsAreThosePrinted compares what the vendor is asked with
// the document's table, its examples and its sample of an Authorization header.
func TestDocument_RequestsAreThosePrinted(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	for name, want := range map[string]struct{ line, contentType, body string }{
		"CallReport":          {"GET /api/call/123/?_select_test_one=1", "", ""},
		"ListChoices":         {"GET /api/choices/7/?", "", ""},
		"GetServerTime":       {"GET /api/server_time/?", "", ""},
		"GetServerIsoTime":    {"GET /api/server_iso_time/?", "", ""},
		"GetTemplate":         {"GET /template/gst-balance/?template_only=Y", "", ""},
		"GetReportDefinition": {"GET /report/get/123?", "", ""},
		"MailReport":          {"POST /report/mail/gst-balance/?", form, "_select_test_one=1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, `{"message":"","ok":true,"records":[]}`))
			_ = callOf(name)(t.Context(), b) // whatever it makes of the answer
			requests := b.Requests()
			require.Len(t, requests, 1)
			got := requests[0]
			require.Equal(t, want.line, got.Method+" "+got.Path+"?"+got.Query)
			sample := adaptertest.Request{Method: got.Method, Path: got.Path, Query: got.Query, Body: want.body, Header: http.Header{
				"Authorization": {"Basic b25lLXdlZWs6OGMxOWE2ODAtOTViYi00YTU4LWFlNGEtYTU2YjkzYTdmYzIy"},
			}}
			if want.contentType != "" {
				sample.Header.Set("Content-Type", want.contentType)
			}
			adaptertest.RequireSame(t, sample, got)
		})
	}
}

func TestDocument_TheExampleOfABindVariable(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"message":"","ok":true,"records":[]}`))
	_, err := callReport(t.Context(), b, "123", map[string]string{"_value": "456"})
	require.NoError(t, err)
	require.Equal(t, "/api/call/123/?_value=456", b.Requests()[0].Path+"?"+b.Requests()[0].Query)
}

func TestGetTemplate_AsksForHTML(t *testing.T) {
	t.Parallel()
	const page = "<h1>Bots of <b>Überall</b></h1>\n<script>x</script>"
	b := newBench(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page + encoded))
	}))
	got, err := clientOf(b).GetTemplate(t.Context(), &securereporterv1.GetTemplateRequest{
		Source: adaptertest.Source, Report: "a b/c", Parameters: map[string]string{"_site": "x&y"},
	})
	require.NoError(t, err)
	require.Equal(t, page+"[redacted]", got.GetHtml())
	require.Equal(t, "text/html; charset=utf-8", got.GetContentType())
	request := b.Requests()[0]
	require.Equal(t, "text/html", request.Header.Get("Accept"))
	require.Equal(t, "/template/a%20b%2Fc/?_site=x%26y&template_only=Y", request.Path+"?"+request.Query)
	require.Empty(t, request.Body)
}

func TestCalls_RefuseWhatLeadsElsewhere(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.NotFoundHandler())
	client := clientOf(b)
	for _, report := range []string{"", ".", ".."} {
		_, err := client.GetTemplate(t.Context(), &securereporterv1.GetTemplateRequest{Source: adaptertest.Source, Report: report})
		b.ExpectInvalid(t, err, "report")
		_, err = client.MailReport(t.Context(), &securereporterv1.MailReportRequest{Source: adaptertest.Source, Report: report})
		b.ExpectInvalid(t, err, "report")
	}
	for _, id := range []int64{0, -1} {
		_, err := client.ListChoices(t.Context(), &securereporterv1.ListChoicesRequest{Source: adaptertest.Source, ReportFieldId: id})
		b.ExpectInvalid(t, err, "report_field_id")
		_, err = client.GetReportDefinition(t.Context(), &securereporterv1.GetReportDefinitionRequest{Source: adaptertest.Source, ReportId: id})
		b.ExpectInvalid(t, err, "report_id")
	}
	_, err := client.GetTemplate(t.Context(), &securereporterv1.GetTemplateRequest{
		Source: adaptertest.Source, Report: "r", Parameters: map[string]string{"template_only": "N"},
	})
	b.ExpectInvalid(t, err, "parameters")
}
