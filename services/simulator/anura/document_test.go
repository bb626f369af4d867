package anura_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/anura"
)

// The vendor's document prints no example, and its public pages print answers
// but no requests. Both forms in which those pages say that a request can be
// made, JSON and a form as PHP builds it, get the same answer here.

func newReported(now *time.Time) *anura.Vendor {
	v := anura.New(anura.Options{Token: "tok"}, func() time.Time { return *now })
	v.AddInstance(anura.Instance{ID: 7, Name: "My Shop"})
	place := anura.Place{Instance: 7, Source: "ads", Campaign: "50% off"}
	chrome := anura.Detail{Browser: "Chrome", BrowserVersion: "129"}
	v.AddTraffic(place, chrome, *now, anura.Counts{NonSuspect: 17, Suspect: 8, Mobile: 2})
	v.AddTraffic(place, anura.Detail{Browser: "Firefox"}, *now, anura.Counts{NonSuspect: 1})
	v.AddScript(place, chrome, *now, anura.ScriptCounts{Good: 3, Warn: 1, Bad: 1, Unanswered: 2})
	return v
}

// callBoth makes a call as JSON and as a form, and requires one answer.
func callBoth(t *testing.T, v *anura.Vendor, path, inJSON, form string) string {
	t.Helper()
	got := call(t, v, "/v1"+path, asJSON, inJSON)
	require.Equal(t, http.StatusOK, got.Code, got.Body)
	again := call(t, v, "/v1"+path, asForm, form)
	require.Equal(t, http.StatusOK, again.Code, again.Body)
	require.JSONEq(t, got.Body.String(), again.Body.String())
	return got.Body.String()
}

func TestDocument_SessionsAreThoseOfThePublicPage(t *testing.T) {
	t.Parallel()
	now := evening()
	require.JSONEq(t, `{"total":{"nonsuspect":18,"suspect":8,"mobile":2},
		"table":{"headers":["Instance","Requests","Non-Suspect","Suspect","Mobile"],
			"all":["%7B%22id%22%3A%22All+Instances%22%2C%22name%22%3A%22All+Instances%22%7D",26,18,8,2],
			"rows":[["%7B%22id%22%3A7%2C%22name%22%3A%22My+Shop%22%7D",26,18,8,2]]},
		"query":{"start":20260918,"end":20260924,"instance":false,"search":false,"sort":"1:desc","page":1,"limit":20,"results":1,"pages":1}}`,
		callBoth(t, newReported(&now), "/direct/sessions",
			`{"token":"tok","start":20260918,"end":20260924}`, "token=tok&start=20260918&end=20260924"))
}

func TestDocument_ReportsTakeTheirParameters(t *testing.T) {
	t.Parallel()
	now := evening()
	v := newReported(&now)
	const days, formDays = `"token":"tok","start":20260924,"end":20260924`, "token=tok&start=20260924&end=20260924"
	got := callBoth(t, v, "/direct/browsers",
		`{`+days+`,"instance":7,"source":"ads","campaign":"50%25+off","rates":true,"rules":true,"chart":true,"sort":"0:asc","limit":1,"page":2}`,
		formDays+"&instance=7&source=ads&campaign=50%25+off&rates=1&rules=1&chart=1&sort=0:asc&limit=1&page=2")
	require.Contains(t, got, `"headers":["Browser","Requests","Non-Suspect","Non-Suspect+Rate","Suspect","Suspect+Rate","Mobile","Mobile+Rate","Rule+Sets"]`)
	require.Contains(t, got, `"rows":[["Firefox",1,1,"100.00",0,"0.00",0,"0.00","%5B%5D"]]`)
	require.Contains(t, got, `"chart":[["Date","Suspect","Non-Suspect"],["20260924",8,18]]`)
	got = callBoth(t, v, "/script/browsers", `{`+days+`,"browser":"Chrome"}`, formDays+"&browser=Chrome")
	require.Contains(t, got, `"headers":["Browser+Version","Requests","Responses","Good","Warn","Bad","Mobile"]`)
	require.Contains(t, got, `"rows":[["129",7,5,3,1,1,0]]`)
	got = callBoth(t, v, "/direct/browsers", `{`+days+`,"search":"FOX"}`, formDays+"&search=FOX")
	require.Contains(t, got, `"total":{"mobile":0,"nonsuspect":1,"suspect":0}`)
	got = callBoth(t, v, "/direct/browsers", `{`+days+`,"search":"FOX","startswith":true}`, formDays+"&search=FOX&startswith=1")
	require.Contains(t, got, `"rows":[]`)
	got = callBoth(t, v, "/direct/sessions", `{`+days+`,"instance":"7"}`, formDays+"&instance=7")
	require.Contains(t, got, `"Source"`)
}

func TestDocument_RawReportsInBothForms(t *testing.T) {
	t.Parallel()
	now := evening()
	v := newReported(&now)
	request := `{"token":"tok","type":"direct","instance":7,"start":20260924,"end":20260924,"standard":["browser_name","result"],
		"additional":[1],"filters":[{"column":"result","operator":"equals","value":"suspect"}],"name":"a+b"}`
	got := call(t, v, "/v1/raw/request", asJSON, request)
	require.JSONEq(t, `{"success":true,"message":"Your+report+is+being+generated.","id":"raw00001"}`, got.Body.String())
	got = call(t, v, "/v1/raw/request", asJSON, request)
	require.JSONEq(t, `{"success":false,"message":"Another+report+is+being+generated."}`, got.Body.String())
	now = now.Add(time.Minute)
	form := url.Values{
		"token": {"tok"}, "type": {"request"}, "instance": {"7"}, "start": {"20260924"}, "end": {"20260924"},
		"standard[]": {"source", "result"}, "filters[0][column]": {"source"}, "filters[0][operator]": {"not_empty"}, "send_email": {"0"},
	}
	got = call(t, v, "/v1/raw/request", asForm, form.Encode())
	require.Contains(t, got.Body.String(), `"id":"raw00002"`)
	require.Equal(t, []string{"a b", "Anura Raw Request Report 20260925"}, v.RawReports())

	body := callBoth(t, v, "/raw/report", `{"token":"tok","raw":"raw00001"}`, "token=tok&raw=raw00001")
	require.Contains(t, body, `"columns":{"additional":[1],"standard":["browser_name","result"]}`)
	require.Contains(t, body, `"filters":[{"column":"result","operator":"equals","value":"suspect"}]`)
	require.Contains(t, body, `"rows":8`)
	require.Contains(t, body, `"requested":"2026-09-24T23:59:00+00:00"`)
	body = callBoth(t, v, "/raw/report", `{"token":"tok","raw":"raw00002"}`, "token=tok&raw=raw00002")
	require.Contains(t, body, `"send_email":false`)
	require.Contains(t, body, `"rows":null`)
}

func TestRaw_ErrorsHaveTheDocumentedStatus(t *testing.T) {
	t.Parallel()
	now := evening()
	v := newReported(&now)
	sound := func(replaced, by string) string {
		return strings.Replace(`{"token":"tok","type":"direct","instance":7,"start":20260924,"end":20260924,"standard":["source"],`+
			`"filters":[{"column":"source","operator":"equals","value":""}]}`, replaced, by, 1)
	}
	for name, tc := range map[string]struct {
		path, body string
		want       int
	}{
		"type":          {"request", sound(`"direct"`, `"all"`), http.StatusBadRequest},
		"instance":      {"request", sound(`7`, `"x"`), http.StatusBadRequest},
		"foreign":       {"request", sound(`7`, `8`), http.StatusUnauthorized},
		"older":         {"request", sound(`20260924`, `20260625`), http.StatusBadRequest},
		"90 days":       {"request", sound(`20260924`, `20260626`), http.StatusOK},
		"columns":       {"request", sound(`["source"]`, `[]`), http.StatusBadRequest},
		"filter":        {"request", sound(`"column":"source"`, `"column":"city"`), http.StatusBadRequest},
		"operator":      {"request", sound(`equals`, `like`), http.StatusBadRequest},
		"no report":     {"report", `{"token":"tok","raw":"none"}`, http.StatusNotFound},
		"no link":       {"download/none", `{"token":"tok"}`, http.StatusNotFound},
		"not an admin":  {"table", `{"token":"tok","processing_usage":true}`, http.StatusForbidden},
		"wrong token":   {"table", `{"token":"x"}`, http.StatusBadRequest},
		"page of table": {"table", `{"token":"tok","page":0}`, http.StatusBadRequest},
	} {
		require.Equal(t, tc.want, call(t, v, "/v1/raw/"+tc.path, asJSON, tc.body).Code, name)
	}
	for _, order := range []string{"9:desc", "x", "1:up", "1:asc,1:asc,1:asc,1:asc", "-1:asc"} {
		body := `{"token":"tok","start":20260924,"end":20260924,"sort":"` + order + `"}`
		require.Equal(t, http.StatusBadRequest, call(t, v, "/v1/direct/networks", asJSON, body).Code, order)
	}
}

func TestRaw_MinutesRunOutAndAreThereAgainTheNextDay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 24, 0, 0, 0, 0, time.UTC)
	v := newReported(&now)
	const request = `{"token":"tok","type":"direct","instance":7,"start":20260924,"end":20260924,"standard":["source"]}`
	for range 360 {
		require.Contains(t, call(t, v, "/v1/raw/request", asJSON, request).Body.String(), `"success":true`)
		now = now.Add(2 * time.Minute)
	}
	require.JSONEq(t, `{"success":false,"message":"No+processing+minutes+are+left+today."}`,
		call(t, v, "/v1/raw/request", asJSON, request).Body.String())
	now = now.Add(12 * time.Hour)
	require.Contains(t, call(t, v, "/v1/raw/request", asJSON, request).Body.String(), `"success":true`)
}

func TestRaw_TheFileNeedsItsLink(t *testing.T) {
	t.Parallel()
	now := evening()
	v := newReported(&now)
	const request = `{"token":"tok","type":"direct","instance":7,"start":20260924,"end":20260924,"standard":["source"]}`
	call(t, v, "/v1/raw/request", asJSON, request)
	require.Equal(t, http.StatusBadRequest, call(t, v, "/v1/raw/download/raw00001", asJSON, `{"token":"tok"}`).Code, "not ready")
	now = now.Add(time.Minute)
	got := call(t, v, "/v1/raw/download/raw00001", asJSON, `{"token":"tok"}`)
	require.Equal(t, http.StatusOK, got.Code)
	require.Contains(t, got.Body.String(), `{"url":"http%3A%2F%2Fexample.com%2Fv1%2Fraw%2Ffile%2Fraw00001%3Fsignature%3D`)
	recorder := httptest.NewRecorder()
	v.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/raw/file/raw00001?signature=guess", http.NoBody))
	require.Equal(t, http.StatusForbidden, recorder.Code)
}

func TestDocument_ReportsAreSortedByTheirFirstColumnFirst(t *testing.T) {
	t.Parallel()
	now := evening()
	v := anura.New(anura.Options{Token: "tok"}, func() time.Time { return now })
	v.AddInstance(anura.Instance{ID: 7, Name: "My Shop"})
	for network, counts := range map[string]anura.Counts{
		"a": {Suspect: 1, NonSuspect: 2}, "b": {Suspect: 1, NonSuspect: 9}, "c": {Suspect: 5, NonSuspect: 3}, "d": {Suspect: 1, NonSuspect: 2},
	} {
		v.AddTraffic(anura.Place{Instance: 7}, anura.Detail{Network: network}, now, counts)
	}
	for order, want := range map[string]string{
		"":                   `[["b",10,9,1,0],["c",8,3,5,0],["a",3,2,1,0],["d",3,2,1,0]]`,
		"3:desc,2:desc":      `[["c",8,3,5,0],["b",10,9,1,0],["a",3,2,1,0],["d",3,2,1,0]]`,
		"3:asc,2:asc,0:desc": `[["d",3,2,1,0],["a",3,2,1,0],["b",10,9,1,0],["c",8,3,5,0]]`,
	} {
		got := call(t, v, "/v1/direct/networks", asJSON, `{"token":"tok","start":20260924,"end":20260924,"sort":"`+order+`"}`)
		require.Contains(t, got.Body.String(), `"rows":`+want, order)
	}
}
