package anura_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	adapter "github.com/signalbox-io/signalbox/services/adapter/anura"
	"github.com/signalbox-io/signalbox/services/poller/anura"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
	"github.com/signalbox-io/signalbox/services/simulator"
	vendor "github.com/signalbox-io/signalbox/services/simulator/anura"
)

// tables are a source of one instance that reads these reports.
func tables(reports ...string) config.Source {
	return config.Source{Instances: []string{"7"}, AnuraReports: reports}
}

// suspects is a page of a table with so many rows of one suspect each.
func suspects(rows int, results int64) *anurav1.ListReportRowsResponse {
	page := &anurav1.ListReportRowsResponse{
		Columns: []*anurav1.ReportColumn{{Name: "Network"}, {Name: "Suspect", Measure: anurav1.Measure_MEASURE_SUSPECT}}, Results: results,
	}
	for i := range rows {
		page.Rows = append(page.Rows, rowOf("AS "+strconv.Itoa(i), 1))
	}
	return page
}

func rowOf(name string, count float64) *anurav1.ReportRow {
	return &anurav1.ReportRow{Cells: []*anurav1.ReportCell{
		{Value: &anurav1.ReportCell_Text{Text: name}}, {Value: &anurav1.ReportCell_Number{Number: count}},
	}}
}

func TestConvert_GoldenOfATable(t *testing.T) {
	t.Parallel()
	page := pollertest.Read(t, "table", &anurav1.ListReportRowsResponse{})
	f := &fake{pages: []*anurav1.ListReportRowsResponse{page}}
	batch, err := fetch(t, f, config.Source{Instances: []string{"7"}, Campaigns: []string{"a/b"}, AnuraReports: []string{"direct/networks"}}, hour())
	require.NoError(t, err)
	pollertest.Golden(t, "table", batch)
}

func TestConvert_GoldenOfEveryReport(t *testing.T) {
	t.Parallel()
	f := &fake{t: t, pages: []*anurav1.ListReportRowsResponse{suspects(1, 2)}}
	source := tables("direct/sessions", "direct/browsers", "direct/operating-systems", "direct/devices",
		"direct/device-types", "direct/geography", "direct/networks", "direct/connections")
	source.Name = account
	s := anura.NewBoundedSource(source, f, func() time.Time { return at(10, 0) }, time.Minute, 1)
	batch, err := s.Fetch(t.Context(), hour())
	require.NoError(t, err)
	pollertest.Golden(t, "reports", batch)
}

func TestConvert_GoldenOfScript(t *testing.T) {
	t.Parallel()
	answer := pollertest.Read(t, "script", &anurav1.GetScriptOverviewResponse{})
	pollertest.Golden(t, "script", anura.ConvertScript(account, anura.Question{
		Place: anura.Place{Instance: "7", Campaign: "spring-sale"}, First: day(23), Last: day(24), At: at(10, 0),
	}, answer))
}

func TestFetch_ReadsATableOfEachDayOfTheLastSeven(t *testing.T) {
	t.Parallel()
	f := &fake{pages: []*anurav1.ListReportRowsResponse{suspects(2, 3), suspects(1, 3)}}
	batch, err := fetch(t, f, tables("script/networks"), poll.Window{From: at(-24*90, 0), To: at(10, 0)})
	require.NoError(t, err)
	require.Len(t, batch.Events, 7*3)
	require.Len(t, f.tables, 7)
	require.Empty(t, f.asked, "no overview")
	for i, asked := range f.tables {
		require.EqualValues(t, 20260918+i, asked.GetStart())
		require.Equal(t, asked.GetStart(), asked.GetEnd(), "a table adds its days up")
		require.Equal(t, anurav1.Product_PRODUCT_SCRIPT, asked.GetProduct())
		require.Equal(t, anurav1.Dimension_DIMENSION_NETWORKS, asked.GetDimension())
	}
	require.Equal(t, day(19), batch.Events[0].GetOccurredAt().AsTime(), "a day that is over ends where it ends")
	require.Equal(t, at(10, 0), batch.Events[20].GetOccurredAt().AsTime())
}

func TestFetch_OfAWindowInThePastOnlyWhatThereIs(t *testing.T) {
	t.Parallel()
	past := func(f *fake, from, to time.Time) {
		source := tables("direct/networks", "direct/overview")
		source.Name, f.t = account, t
		_, err := anura.NewSource(source, f, func() time.Time { return at(10, 0) }).Fetch(t.Context(), poll.Window{From: from, To: to})
		require.NoError(t, err)
		require.Len(t, f.asked, 1)
	}
	f := &fake{}
	past(f, at(-24*10, 0), at(-24*5, 0))
	require.Len(t, f.tables, 2)
	require.EqualValues(t, 20260918, f.tables[0].GetStart())
	require.EqualValues(t, 20260914, f.asked[0].GetStart())
	f = &fake{}
	past(f, at(-24*30, 0), at(-24*20, 0))
	require.Empty(t, f.tables, "the vendor has no table of so long ago")
	require.EqualValues(t, 20260825, f.asked[0].GetStart())
	f = &fake{}
	past(f, at(-24*60, 0), at(-24*50, 0))
	require.EqualValues(t, 20260726, f.asked[0].GetStart(), "who asks for it is to be told")
}

func TestFetch_EveryReportCanBeAskedFor(t *testing.T) {
	t.Parallel()
	for report, dimension := range map[string]anurav1.Dimension{
		"direct/sessions": anurav1.Dimension_DIMENSION_SESSIONS, "direct/browsers": anurav1.Dimension_DIMENSION_BROWSERS,
		"direct/operating-systems": anurav1.Dimension_DIMENSION_OPERATING_SYSTEMS, "direct/devices": anurav1.Dimension_DIMENSION_DEVICES,
		"direct/device-types": anurav1.Dimension_DIMENSION_DEVICE_TYPES, "direct/geography": anurav1.Dimension_DIMENSION_GEOGRAPHY,
		"direct/networks": anurav1.Dimension_DIMENSION_NETWORKS, "direct/connections": anurav1.Dimension_DIMENSION_CONNECTIONS,
	} {
		f := &fake{}
		_, err := fetch(t, f, tables(report), hour())
		require.NoError(t, err)
		require.Equal(t, dimension, f.tables[0].GetDimension(), report)
		require.Equal(t, anurav1.Product_PRODUCT_DIRECT, f.tables[0].GetProduct())
	}
}

func TestFetch_TooManyRowsAreOneDeadLetterAndEndTheTable(t *testing.T) {
	t.Parallel()
	f := &fake{}
	for range 12 {
		f.pages = append(f.pages, suspects(1000, 12_000))
	}
	batch, err := fetch(t, f, tables("direct/networks"), hour())
	require.NoError(t, err)
	require.Len(t, batch.Events, 10_000)
	require.Equal(t, []poll.Rejected{{
		Reason: "too_many_rows", Part: "direct/networks:7/20260924", Record: "direct/networks:7/20260924",
		Detail: "direct/networks of instance 7 on 20260924 has 12000 rows, 10000 are read; poll campaigns one by one",
	}}, batch.Rejected)
	f.pages = f.pages[:10]
	for _, page := range f.pages {
		page.Results = 10_000
	}
	batch, err = fetch(t, f, tables("direct/networks"), hour())
	require.NoError(t, err)
	require.Empty(t, batch.Rejected)
}

func TestFetch_ATableThatHangsIsGivenUpAndItsPagesKept(t *testing.T) {
	t.Parallel()
	f := &fake{t: t, hangs: true, pages: []*anurav1.ListReportRowsResponse{suspects(3, 9)}}
	source := tables("direct/networks", "direct/overview")
	source.Name, source.Timeout = account, 0
	s := anura.NewBoundedSource(source, f, func() time.Time { return at(10, 0) }, 2*time.Second, 10)
	batch, err := s.Fetch(t.Context(), hour())
	require.Equal(t, codes.DeadlineExceeded, status.Code(err), "%v", err)
	require.ErrorContains(t, err, "get direct/networks of instance 7: ")
	require.Len(t, batch.Events, 4, "three rows, and the overview behind them")
}

func TestFetch_AForeignInstanceIsNotAskedForItsOtherReports(t *testing.T) {
	t.Parallel()
	f := &fake{err: map[string]error{"foreign": unauthorized()}}
	source := tables("direct/networks", "script/overview")
	source.Instances = []string{"foreign", "7"}
	batch, err := fetch(t, f, source, hour())
	require.Equal(t, "REFUSED_BY_VENDOR", rpc.Reason(err))
	require.ErrorContains(t, err, "get direct/networks of instance foreign: ")
	require.Len(t, f.tables, 2)
	require.Len(t, batch.Events, 1)
	require.Equal(t, "script", batch.Events[0].GetLabels()["product"])
}

func TestChain_TablesOfBothProductsArriveOnce(t *testing.T) {
	t.Parallel()
	clock := pollertest.NoonUTC()
	sim := simulator.New(simulator.Options{Now: clock.Now})
	sim.Anura.AddInstance(vendor.Instance{ID: 7, Name: "My Shop"})
	place := vendor.Place{Instance: 7, Source: "ads", Campaign: "sale"}
	sim.Anura.AddTraffic(place, vendor.Detail{Country: "Germany"}, clock.Now(), vendor.Counts{Suspect: 4, NonSuspect: 6})
	sim.Anura.AddTraffic(place, vendor.Detail{Country: "France"}, clock.Now(), vendor.Counts{NonSuspect: 1})
	sim.Anura.AddScript(place, vendor.Detail{Browser: "Chrome"}, clock.Now(), vendor.ScriptCounts{Good: 2, Warn: 1, Bad: 1, Unanswered: 4})
	chain := pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_ANURA, BaseURL: "/anura/v1",
		Credential: config.NewSecret(simulator.DefaultAnuraToken), Instances: []string{"all"},
		AnuraReports: []string{"direct/geography", "direct/sessions", "script/overview", "script/browsers"},
	}, clock, adapter.New, sim.Handler())
	newPoller := func() *pollertest.Poller {
		return chain.Poller(t, poll.Vendor{Name: eventv1.Vendor_VENDOR_ANURA, Open: func(source config.Source) (poll.Fetcher, error) {
			return anura.NewSource(source, anurav1.NewAnuraServiceClient(chain.Conn), clock.Now), nil
		}})
	}
	require.Equal(t, 5, newPoller().Poll(t))
	require.Zero(t, newPoller().Poll(t), "a restart tells nothing again")
	ratios := map[string]float64{}
	for _, e := range chain.Events(t) {
		ratios[e.GetLabels()["product"]+" "+e.GetEntity()] = e.GetTraffic().GetMeasures()["invalid_ratio"]
	}
	require.Equal(t, map[string]float64{
		"direct country:Germany": 0.4, "direct country:France": 0, "direct source:ads": 4.0 / 11,
		"script instance:7": 0.125, "script browser:Chrome": 0.125,
	}, ratios)
	sim.Anura.AddTraffic(place, vendor.Detail{Country: "France"}, clock.Now(), vendor.Counts{Suspect: 1})
	require.Equal(t, 2, newPoller().Poll(t), "the country and the source")
}
