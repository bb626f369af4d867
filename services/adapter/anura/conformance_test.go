package anura_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/simulator"
	simulated "github.com/signalbox-io/signalbox/services/simulator/anura"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

// newShop is an account with a week of traffic of both products.
func newShop(t *testing.T) (*simulator.Server, *adaptertest.Bench) {
	t.Helper()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	fillShop(vendor)
	return vendor, b
}

func fillShop(vendor *simulator.Server) {
	vendor.Anura.AddInstance(simulated.Instance{ID: 1001, Name: "Shop & Garden"})
	vendor.Anura.AddInstance(simulated.Instance{ID: 1002, Name: "Blog"})
	now := vendor.Now()
	chrome := simulated.Detail{
		Browser: "Chrome", BrowserVersion: "129", OS: "Android", OSVersion: "10", Manufacturer: "Acme", Model: "One+",
		DeviceType: "Phone", Country: "Germany", Region: "Bavaria", City: "München", Network: "AS 1", Connection: "Cellular",
	}
	fire := simulated.Detail{Browser: "Firefox", BrowserVersion: "130", Country: "France"}
	ads := simulated.Place{Instance: 1001, Source: "ads", Campaign: "spring sale"}
	mail := simulated.Place{Instance: 1001, Source: "mail", Campaign: "50% off"}
	vendor.Anura.AddTraffic(ads, chrome, now, simulated.Counts{NonSuspect: 4, Suspect: 6, Mobile: 10})
	vendor.Anura.AddTraffic(mail, fire, now.AddDate(0, 0, -6), simulated.Counts{NonSuspect: 7, Suspect: 3})
	vendor.Anura.AddTraffic(simulated.Place{Instance: 1002, Source: "ads"}, fire, now.AddDate(0, 0, -7), simulated.Counts{NonSuspect: 100})
	vendor.Anura.AddScript(ads, chrome, now, simulated.ScriptCounts{Good: 5, Warn: 2, Bad: 3, Unanswered: 1, Mobile: 4})
	vendor.Anura.AddScript(mail, fire, now.AddDate(0, 0, -1), simulated.ScriptCounts{Good: 10})
}

func TestConformance_Names(t *testing.T) {
	t.Parallel()
	_, b := newShop(t)
	sources, err := drain(clientOf(b).ListSources(t.Context(), &anurav1.ListSourcesRequest{Source: source, Start: day(t, 6), End: day(t, 0)}))
	require.NoError(t, err)
	require.Len(t, sources, 1)
	require.Equal(t, []string{"All Sources", "ads", "mail"}, sources[0].GetNames())
	require.EqualValues(t, 3, sources[0].GetResults())
	sources, err = drain(clientOf(b).ListSources(t.Context(), &anurav1.ListSourcesRequest{
		Source: source, Start: day(t, 6), End: day(t, 0), Instance: "1001", Name: "AI", ExcludeAll: true,
	}))
	require.NoError(t, err)
	require.Equal(t, []string{"mail"}, sources[0].GetNames())
	campaigns, err := drain(clientOf(b).ListCampaigns(t.Context(), &anurav1.ListCampaignsRequest{
		Source: source, Start: day(t, 6), End: day(t, 0), Instance: "1001", TrafficSource: "mail", ExcludeAll: true,
	}))
	require.NoError(t, err)
	require.Equal(t, []string{"50% off"}, campaigns[0].GetNames())
	instances, err := clientOf(b).ListInstances(t.Context(), &anurav1.ListInstancesRequest{Source: source, Name: "& gard", ExcludeAll: true})
	require.NoError(t, err)
	adaptertest.EqualJSON(t, `{"instances":[{"id":"1001","name":"Shop & Garden"}]}`, instances)
}

func TestConformance_NamesArePaged(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	vendor.Anura.AddInstance(simulated.Instance{ID: 7, Name: "Shop"})
	const count = 2345
	for n := range count {
		vendor.Anura.AddCounts(simulated.Place{Instance: 7, Source: "ads", Campaign: "c" + strconv.Itoa(n)}, vendor.Now(), simulated.Counts{NonSuspect: 1})
	}
	pages, err := drain(clientOf(b).ListCampaigns(t.Context(), &anurav1.ListCampaignsRequest{
		Source: source, Start: day(t, 0), End: day(t, 0), ExcludeAll: true,
	}))
	require.NoError(t, err)
	require.Len(t, pages, 3)
	seen := map[string]bool{}
	for _, page := range pages {
		require.EqualValues(t, count, page.GetResults())
		for _, name := range page.GetNames() {
			seen[name] = true
		}
	}
	require.Len(t, seen, count)
}

func TestConformance_ScriptOverview(t *testing.T) {
	t.Parallel()
	_, b := newShop(t)
	got, err := clientOf(b).GetScriptOverview(t.Context(), &anurav1.GetScriptOverviewRequest{Source: source, Start: day(t, 30), End: day(t, 0)})
	require.NoError(t, err)
	require.NotEmpty(t, got.GetRaw())
	adaptertest.EqualJSON(t, `{"requests":"21","responses":"20","good":"15","warn":"2","bad":"3","mobile":"4"}`, got.GetTotal())
	require.Len(t, got.GetDays(), 2)
	require.Equal(t, day(t, 1), got.GetDays()[0].GetDay())
	adaptertest.EqualJSON(t, `{"requests":"11","responses":"10","good":"5","warn":"2","bad":"3","mobile":"4"}`, got.GetDays()[1].GetCounts())
	got, err = clientOf(b).GetScriptOverview(t.Context(), &anurav1.GetScriptOverviewRequest{
		Source: source, Start: day(t, 30), End: day(t, 0), Instance: "1001", TrafficSource: "mail", Campaign: "50% off",
	})
	require.NoError(t, err)
	require.EqualValues(t, 10, got.GetTotal().GetGood())
}

// TestConformance_EveryReportOfBothProducts reads each report and what its
// first row is told apart by.
func TestConformance_EveryReportOfBothProducts(t *testing.T) {
	t.Parallel()
	for dimension, tc := range map[anurav1.Dimension]struct {
		first, header, further string
		drill                  *anurav1.DrillDown
	}{
		anurav1.Dimension_DIMENSION_BROWSERS:          {"Chrome", "Browser", "129", &anurav1.DrillDown{Browser: "Chrome"}},
		anurav1.Dimension_DIMENSION_OPERATING_SYSTEMS: {"Android", "Operating System", "10", &anurav1.DrillDown{Os: "Android"}},
		anurav1.Dimension_DIMENSION_DEVICES:           {"Acme", "Manufacturer", "One+", &anurav1.DrillDown{Manufacturer: "Acme"}},
		anurav1.Dimension_DIMENSION_DEVICE_TYPES:      {"Phone", "Device Type", "Phone", &anurav1.DrillDown{Type: "Phone"}},
		anurav1.Dimension_DIMENSION_GEOGRAPHY:         {"Germany", "Country", "München", &anurav1.DrillDown{Country: "Germany", Region: "Bavaria"}},
		anurav1.Dimension_DIMENSION_NETWORKS:          {"AS 1", "Network", "AS 1", &anurav1.DrillDown{Network: "AS 1"}},
		anurav1.Dimension_DIMENSION_CONNECTIONS:       {"Cellular", "Connection", "Cellular", &anurav1.DrillDown{Connection: "Cellular"}},
		anurav1.Dimension_DIMENSION_SESSIONS:          {"", "Instance", "", nil},
	} {
		for _, product := range []anurav1.Product{anurav1.Product_PRODUCT_DIRECT, anurav1.Product_PRODUCT_SCRIPT} {
			t.Run(product.String()+dimension.String(), func(t *testing.T) {
				t.Parallel()
				_, b := newShop(t)
				report := func(drill *anurav1.DrillDown) *anurav1.ListReportRowsResponse {
					req := someReport(t)
					req.Product, req.Dimension, req.DrillDown, req.Sort = product, dimension, drill, []*anurav1.Sorting{{Column: 4, Descending: true}}
					pages, err := drain(clientOf(b).ListReportRows(t.Context(), req))
					require.NoError(t, err)
					require.Len(t, pages, 1)
					require.Empty(t, pages[0].GetRejected())
					require.Nil(t, pages[0].GetExtra())
					require.Equal(t, product == anurav1.Product_PRODUCT_DIRECT, pages[0].GetTotal() != nil)
					require.Equal(t, product == anurav1.Product_PRODUCT_SCRIPT, pages[0].GetScriptTotal() != nil)
					return pages[0]
				}
				page := report(nil)
				require.Equal(t, tc.header, page.GetColumns()[0].GetName())
				require.Equal(t, tc.first, page.GetRows()[0].GetCells()[0].GetText())
				if tc.drill == nil {
					adaptertest.EqualJSON(t, `{"id":"1001","name":"Shop & Garden"}`, page.GetRows()[0].GetCells()[0].GetEntity())
					return
				}
				require.Len(t, page.GetRows(), 2)
				drilled := report(tc.drill)
				require.Len(t, drilled.GetRows(), 1)
				require.Equal(t, tc.further, drilled.GetRows()[0].GetCells()[0].GetText())
			})
		}
	}
}

func TestConformance_AReportWithEverything(t *testing.T) {
	t.Parallel()
	_, b := newShop(t)
	req := someReport(t)
	req.Dimension, req.Rates, req.Rules, req.Chart = anurav1.Dimension_DIMENSION_BROWSERS, true, true, true
	req.Search, req.StartsWith, req.Instance, req.TrafficSource, req.Campaign = "chr", true, "1001", "ads", "spring sale"
	pages, err := drain(clientOf(b).ListReportRows(t.Context(), req))
	require.NoError(t, err)
	require.Len(t, pages, 1)
	today := strconv.Itoa(int(day(t, 0)))
	adaptertest.EqualJSON(t, `{"columns":[{"name":"Browser"},{"name":"Requests","measure":"MEASURE_REQUESTS"},
		{"name":"Non-Suspect","measure":"MEASURE_NONSUSPECT"},{"name":"Non-Suspect Rate","measure":"MEASURE_NONSUSPECT","isRate":true},
		{"name":"Suspect","measure":"MEASURE_SUSPECT"},{"name":"Suspect Rate","measure":"MEASURE_SUSPECT","isRate":true},
		{"name":"Mobile","measure":"MEASURE_MOBILE"},{"name":"Mobile Rate","measure":"MEASURE_MOBILE","isRate":true},{"name":"Rule Sets"}],
		"rows":[{"cells":[{"text":"Chrome"},{"number":10},{"number":4},{"number":40},{"number":6},{"number":60},{"number":10},{"number":100},{"text":"[]"}]}],
		"all":{"cells":[{"text":"All"},{"number":10},{"number":4},{"number":40},{"number":6},{"number":60},{"number":10},{"number":100},{"text":"[]"}]},
		"total":{"nonsuspect":"4","suspect":"6","mobile":"10"},
		"chart":[{"cells":[{"text":"Date"},{"text":"Suspect"},{"text":"Non-Suspect"}]},{"cells":[{"text":"`+today+`"},{"number":6},{"number":4}]}],
		"page":1,"results":"1"}`, pages[0])
}

func TestConformance_AReportIsReadPageByPage(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	vendor.Anura.AddInstance(simulated.Instance{ID: 7, Name: "Shop"})
	const count = 4100
	for n := range count {
		vendor.Anura.AddTraffic(simulated.Place{Instance: 7}, simulated.Detail{Network: "AS " + strconv.Itoa(n)}, vendor.Now(), simulated.Counts{Suspect: n})
	}
	req := someReport(t)
	req.Dimension, req.Chart = anurav1.Dimension_DIMENSION_NETWORKS, true
	pages, err := drain(clientOf(b).ListReportRows(t.Context(), req))
	require.NoError(t, err)
	require.Len(t, pages, 5)
	next := float64(count - 1)
	for n, page := range pages {
		require.EqualValues(t, n+1, page.GetPage())
		require.EqualValues(t, count, page.GetResults())
		require.Equal(t, n == 0, len(page.GetChart()) > 0, "the chart is asked for once")
		for _, row := range page.GetRows() {
			require.InDelta(t, next, row.GetCells()[3].GetNumber(), 0)
			next--
		}
	}
	require.InDelta(t, -1, next, 0, "each row once")
	require.Equal(t, 5, b.CallsTo("/anura/v1/direct/networks"))
}

func TestConformance_ARawReportsWholeLife(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	vendor, b := newSimulatedBench(t, simulator.Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	fillShop(vendor)
	client := clientOf(b)
	req := someRawReport(t)
	req.Filters = []*anurav1.RawFilter{{Column: "source", Operator: anurav1.RawOperator_RAW_OPERATOR_NOT_EQUALS, Value: "mail"}}
	req.Start, req.AdditionalColumns = day(t, 1), []int32{3, 5}
	made, err := client.CreateRawReport(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "Your report is being generated.", made.GetMessage())
	id := made.GetRawReportId()

	_, err = client.CreateRawReport(t.Context(), req)
	b.Expect(t, err, adaptertest.Refused(), simulator.DefaultAnuraToken)
	require.ErrorContains(t, err, "vendor makes no such report: Another report is being generated.")
	_, err = client.GetRawReportLink(t.Context(), &anurav1.GetRawReportLinkRequest{Source: source, RawReportId: id})
	b.Expect(t, err, adaptertest.Refused())
	require.ErrorContains(t, err, "the report is not ready")

	list := func() *anurav1.ListRawReportsResponse {
		pages, err := drain(client.ListRawReports(t.Context(), &anurav1.ListRawReportsRequest{Source: source, Search: "AUDIT", StartsWith: true}))
		require.NoError(t, err)
		require.Len(t, pages, 1)
		require.Nil(t, pages[0].GetExtra())
		return pages[0]
	}
	require.Equal(t, anurav1.RawStatus_RAW_STATUS_IN_PROGRESS, list().GetRawReports()[0].GetStatus())
	adaptertest.EqualJSON(t, `{"minutesTotal":360,"minutesAvailable":359,"apiConcurrent":"1","dashboardConcurrent":"2"}`, list().GetLimits())

	ahead.Store(int64(time.Minute))
	listed := list().GetRawReports()[0]
	require.Equal(t, anurav1.RawStatus_RAW_STATUS_READY, listed.GetStatus())
	require.Equal(t, "audit & more", listed.GetName())
	require.Equal(t, "Shop & Garden", listed.GetInstanceName())
	require.Equal(t, time.Minute, listed.GetCreatedAt().AsTime().Sub(listed.GetRequestedAt().AsTime()))

	whole, err := client.GetRawReport(t.Context(), &anurav1.GetRawReportRequest{Source: source, RawReportId: id})
	require.NoError(t, err)
	got := whole.GetRawReport()
	require.Nil(t, got.GetExtra())
	require.Equal(t, []string{"source", "result"}, got.GetStandardColumns())
	require.Equal(t, []int32{3, 5}, got.GetAdditionalColumns())
	require.Equal(t, anurav1.RawOperator_RAW_OPERATOR_NOT_EQUALS, got.GetFilters()[0].GetOperator())
	require.Equal(t, anurav1.RawType_RAW_TYPE_DIRECT, got.GetType())
	require.Equal(t, "1001", got.GetInstanceId())
	require.Equal(t, day(t, 1), got.GetStart())
	require.EqualValues(t, 10, got.GetRows())
	require.False(t, got.GetSendEmail(), "no e-mail is sent unless asked for")
	require.Equal(t, id+".zip", got.GetFileName())

	link, err := client.GetRawReportLink(t.Context(), &anurav1.GetRawReportLinkRequest{Source: source, RawReportId: id})
	require.NoError(t, err)
	archive := download(t, link.GetUrl())
	require.Len(t, archive, int(got.GetFileSize()))
	require.Equal(t, 11, bytes.Count(unzip(t, archive), []byte("\n")), "a head and ten requests")
	parts, err := drain(client.DownloadRawReport(t.Context(), &anurav1.DownloadRawReportRequest{Source: source, RawReportId: id}))
	require.NoError(t, err)
	require.Equal(t, archive, wholeFile(parts))
	require.Equal(t, "application/zip", parts[0].GetContentType())
	require.Equal(t, got.GetFileSize(), parts[0].GetSize())
	require.NotContains(t, b.Seen(nil), "signature", "the link is a secret")

	vendor.Anura.FailRawReport(id)
	failed := list().GetRawReports()[0]
	require.Equal(t, anurav1.RawStatus_RAW_STATUS_FAILED, failed.GetStatus())
	require.NotNil(t, failed.GetFailedAt())
}

func download(t *testing.T, link string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer response.Body.Close()
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	require.Equal(t, http.StatusOK, response.StatusCode)
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return content
}

func unzip(t *testing.T, archive []byte) []byte {
	t.Helper()
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	require.NoError(t, err)
	require.Len(t, files.File, 1)
	file, err := files.File[0].Open()
	require.NoError(t, err)
	defer file.Close()
	content, err := io.ReadAll(file)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(content, []byte("SOURCE,RESULT\n")), "%s", content)
	return content
}

func TestConformance_DocumentedStatuses(t *testing.T) {
	t.Parallel()
	_, b := newShop(t)
	_, err := drain(clientOf(b).ListRawReports(t.Context(), &anurav1.ListRawReportsRequest{Source: source, ProcessingUsage: true}))
	b.Expect(t, err, adaptertest.Refused())
	require.ErrorContains(t, err, "vendor answered 403")
	_, err = clientOf(b).GetRawReport(t.Context(), &anurav1.GetRawReportRequest{Source: source, RawReportId: "none"})
	b.Expect(t, err, adaptertest.NotFound())
	req := someReport(t)
	req.Instance = "99"
	_, err = drain(clientOf(b).ListReportRows(t.Context(), req))
	b.Expect(t, err, adaptertest.CredentialRefused())
	require.ErrorContains(t, err, "vendor answered 401")
	req.Instance, req.Sort = "", []*anurav1.Sorting{{Column: 40}}
	_, err = drain(clientOf(b).ListReportRows(t.Context(), req))
	b.Expect(t, err, adaptertest.Refused())
	require.ErrorContains(t, err, "vendor answered 400")
}

// TestConformance_ALostAnswerLeavesOneRawReport shows that no raw report is
// asked for twice, and that its name tells whether there is one.
func TestConformance_ALostAnswerLeavesOneRawReport(t *testing.T) {
	t.Parallel()
	for kind, made := range map[fault.Kind]int{fault.LoseAnswer: 1, fault.Reset: 0, fault.HalfJSON: 1, fault.Empty: 0, fault.Status: 0} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			vendor, b := newShop(t)
			require.NoError(t, vendor.SetFault(fault.Fault{Vendor: "anura", Kind: kind, Path: "/v1/raw/request"}))
			b.Expect(t, calls(t)["CreateRawReport"].make(t.Context(), b), adaptertest.OutcomeUnknown(), simulator.DefaultAnuraToken)
			require.Equal(t, 1, b.Calls())
			require.Len(t, vendor.Anura.RawReports(), made)
			pages, err := drain(clientOf(b).ListRawReports(t.Context(), &anurav1.ListRawReportsRequest{Source: source, Search: "audit & more"}))
			require.NoError(t, err)
			require.Len(t, pages[0].GetRawReports(), made)
		})
	}
}
