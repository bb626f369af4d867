package securereporter_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/record"
	"github.com/signalbox-io/signalbox/services/simulator/securereporter"
)

// The requests of this file are the documentation's own with the base URL
// swapped, its token among them.

const (
	sampleToken         = "one-week:8c19a680-95bb-4a58-ae4a-a56b93a7fc22"
	sampleAuthorization = "Basic b25lLXdlZWs6OGMxOWE2ODAtOTViYi00YTU4LWFlNGEtYTU2YjkzYTdmYzIy"
)

type installation struct {
	*securereporter.Vendor

	log *record.Log
}

func newInstallation() installation {
	log := record.NewLog(slog.New(slog.DiscardHandler))
	return installation{securereporter.New(securereporter.Options{Token: sampleToken}, now, log), log}
}

// ask makes a call with the documentation's header; a body is a form.
func (i installation) ask(t *testing.T, method, path, form string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(form))
	request.Header.Set("Authorization", sampleAuthorization)
	if form != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	recorder := httptest.NewRecorder()
	i.ServeHTTP(recorder, request)
	return recorder
}

func TestDocument_ThePythonSampleSendsItsParametersInTheBodyOfAGET(t *testing.T) {
	t.Parallel()
	i := newInstallation()
	for n := range 123 {
		i.AddReport(securereporter.Report{
			Name: "report " + strings.Repeat("i", n+1), Binds: []securereporter.Bind{securereporter.Equal("_select_test_one", "one")},
		})
	}
	slug := "report-" + strings.Repeat("i", 123)
	i.AddRow(slug, securereporter.Row{At: now(), Columns: map[string]any{"one": 1}})
	i.AddRow(slug, securereporter.Row{At: now(), Columns: map[string]any{"one": 2}})

	got := i.ask(t, http.MethodGet, "/api/call/123/", "_select_test_one=1")
	require.Equal(t, http.StatusOK, got.Code)
	require.JSONEq(t, `{"message":"","ok":true,"records":[{"one":1}]}`, got.Body.String())
	got = i.ask(t, http.MethodGet, "/api/call/123/?_select_test_one=2", "_select_test_one=1")
	require.JSONEq(t, `{"message":"","ok":true,"records":[{"one":2}]}`, got.Body.String(), "the query wins")
}

func TestDocument_TheResultIsWrittenAsPrinted(t *testing.T) {
	t.Parallel()
	i := newInstallation()
	i.AddReport(securereporter.Report{Name: "GST Balance", Binds: []securereporter.Bind{securereporter.Equal("_value", "age_days")}})
	at := func(text string) string {
		parsed, err := time.Parse("2006-01-02 15:04:05.999999", text)
		require.NoError(t, err)
		return securereporter.NaiveTime(parsed)
	}
	i.AddRow("gst-balance", securereporter.Row{At: now(), Columns: map[string]any{
		"active": "Y", "age_days": 456, "created": at("2023-07-15 14:01:20.841126"), "created_by": "test-user@example.com",
		"expiry": at("2023-12-02 03:48:56.812027"), "groups": "*", "name": "one-week",
	}})
	for _, report := range []string{"1", "gst-balance"} {
		got := i.ask(t, http.MethodGet, "/api/call/"+report+"/?_value=456", "")
		require.JSONEq(t, `{"message":"","ok":true,"records":[{"active":"Y","age_days":456,"created":"2023-07-15 14:01:20.841126",
			"created_by":"test-user@example.com","expiry":"2023-12-02 03:48:56.812027","groups":"*","name":"one-week"}]}`, got.Body.String())
	}
}

func newWhole() installation {
	i := newInstallation()
	i.AddReport(securereporter.Report{Name: "First", Fields: []securereporter.Field{{Name: "_x"}}})
	i.AddReport(securereporter.Report{
		Name: "Bot Traffic", Binds: []securereporter.Bind{securereporter.Equal("_site", "site")}, Template: "<h1>Bots</h1>",
		Fields: []securereporter.Field{
			{Name: "_days", Order: 2},
			{Name: "_site", Order: 1, Choices: []securereporter.Choice{{Value: "shop", Label: "The shop"}}},
		},
	})
	i.AddRow("bot-traffic", securereporter.Row{At: now(), Columns: map[string]any{"site": "shop"}})
	return i
}

func TestDocument_EveryEndPointOfTheTable(t *testing.T) {
	t.Parallel()
	i := newWhole()
	for path, want := range map[string]string{
		"/api/choices/3/":       `[{"value":"shop","label":"The shop"}]`,
		"/api/choices/2/":       `[]`,
		"/api/server_time/":     `"2023-07-15 14:01:20.841126"`,
		"/api/server_iso_time/": `"2023-07-15T14:01:20.841126+00:00"`,
		"/report/get/2": `{"id":2,"name":"Bot Traffic","slug":"bot-traffic","fields":[
			{"id":3,"name":"_site","field_order":1,"has_choices":"Y"},{"id":2,"name":"_days","field_order":2,"has_choices":"N"}]}`,
	} {
		got := i.ask(t, http.MethodGet, path, "")
		require.Equal(t, http.StatusOK, got.Code, path)
		require.JSONEq(t, want, got.Body.String(), path)
	}
	got := i.ask(t, http.MethodGet, "/template/bot-traffic/?template_only=Y&_site=shop", "")
	require.Equal(t, "<h1>Bots</h1>", got.Body.String())
	require.Contains(t, got.Header().Get("Content-Type"), "text/html")
	require.Contains(t, i.ask(t, http.MethodGet, "/template/bot-traffic/?_site=shop", "").Body.String(), "<nav>")
}

func TestDocument_AMailTakesItsParametersFromTheForm(t *testing.T) {
	t.Parallel()
	i := newWhole()
	got := i.ask(t, http.MethodPost, "/report/mail/bot-traffic/?_site=shop", "")
	require.JSONEq(t, `{"message":"no value for bind variable :_site","ok":false,"records":[]}`, got.Body.String())
	require.Empty(t, i.Mails())
	got = i.ask(t, http.MethodPost, "/report/mail/2/", "_site=shop&to=ana%40example.com")
	require.JSONEq(t, `{"message":"","ok":true,"records":[]}`, got.Body.String())
	require.Len(t, i.Mails(), 1)
	sent := i.Mails()[0]
	require.Equal(t, "bot-traffic", sent.Report)
	require.Equal(t, 1, sent.Rows)
	require.Equal(t, "ana@example.com", sent.Form.Get("to"))
	effects, _ := i.log.Effects()
	require.Len(t, effects, 1)
	require.Equal(t, securereporter.EffectMail, effects[0].Action)
}

func TestDocument_WhatIsUnknownIs404InTheVendorsShape(t *testing.T) {
	t.Parallel()
	i := newWhole()
	for _, call := range []struct{ method, path string }{
		{http.MethodGet, "/api/choices/9/"},
		{http.MethodGet, "/api/choices/one/"},
		{http.MethodGet, "/api/choices/1"},
		{http.MethodGet, "/report/get/9"},
		{http.MethodGet, "/report/get/bot-traffic"},
		{http.MethodGet, "/report/get/2/"},
		{http.MethodGet, "/template/first/?template_only=Y"},
		{http.MethodGet, "/template/none/?template_only=Y"},
		{http.MethodGet, "/report/mail/2/"},
		{http.MethodPost, "/report/mail/none/"},
		{http.MethodPost, "/report/mail/2"},
		{http.MethodPost, "/api/call/2/"},
	} {
		got := i.ask(t, call.method, call.path, "")
		require.Equal(t, http.StatusNotFound, got.Code, call)
		require.Contains(t, got.Body.String(), `"ok":false`)
	}
}

func TestMails_KeepTheNewest(t *testing.T) {
	t.Parallel()
	i := newInstallation()
	i.AddReport(securereporter.Report{Name: "r"})
	for range 1001 {
		i.ask(t, http.MethodPost, "/report/mail/r/", "n=1")
	}
	require.Len(t, i.Mails(), 1000)
}
