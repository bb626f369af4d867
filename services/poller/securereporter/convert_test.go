package securereporter_test

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
	"github.com/signalbox-io/signalbox/services/poller/securereporter"
)

const account = "reports"

func observed() time.Time { return time.Date(2026, 9, 24, 9, 30, 0, 0, time.UTC) }

func botTraffic() config.Report {
	return config.Report{Name: "bot-traffic", Location: time.UTC, Event: config.ReportEvent{
		Kind: "traffic", NativeID: `row.site + "/" + row.hour`, OccurredAt: "row.hour",
		Severity: "has(row.level) ? row.level : ''",
		Labels:   map[string]string{"site": "row.site"},
		Measures: map[string]string{
			"requests": "row.requests", "invalid": "row.bots", "invalid_ratio": "row.bots / row.requests",
		},
	}}
}

func oddities() config.Report {
	return config.Report{Name: "42", Location: time.FixedZone("", -2*3600), Event: config.ReportEvent{
		Kind: "anomaly", NativeID: "row.id", OccurredAt: "row.at", Entity: `"metric:" + row.name`,
		Title: `row.name + " is odd"`, Severity: `row.z > 0.9 ? "critical" : "info"`,
		Labels: map[string]string{"metric": "row.name"},
		Measures: map[string]string{
			"value": "row.n", "score": "row.z", "expected_lower": "row.low", "expected_upper": "row.high",
		},
	}}
}

func compile(t *testing.T, report config.Report) *securereporter.Mapping {
	t.Helper()
	m, err := securereporter.NewMapping(report)
	require.NoError(t, err)
	return m
}

func TestConvert_Golden(t *testing.T) {
	t.Parallel()
	for name, report := range map[string]config.Report{"traffic": botTraffic(), "anomaly": oddities()} {
		answer := pollertest.Read(t, name, &securereporterv1.CallReportResponse{})
		pollertest.Golden(t, name, securereporter.Convert(account, compile(t, report), answer, observed()))
	}
}

// row is a row of bot-traffic.
func row(change map[string]any) *securereporterv1.Record {
	values := map[string]any{"site": "shop", "hour": "2026-09-24 08:00:00", "requests": 100.0, "bots": 25.0}
	maps.Copy(values, change)
	record := &securereporterv1.Record{Cells: map[string]*securereporterv1.Cell{}}
	for name, value := range values {
		cell := &securereporterv1.Cell{}
		switch v := value.(type) {
		case string:
			cell.Value = &securereporterv1.Cell_Text{Text: v}
		case float64:
			cell.Value = &securereporterv1.Cell_Number{Number: v}
		case bool:
			cell.Value = &securereporterv1.Cell_Flag{Flag: v}
		}
		record.Cells[name] = cell
	}
	return record
}

func convert(t *testing.T, report config.Report, at time.Time, rows ...*securereporterv1.Record) poll.Batch {
	t.Helper()
	return securereporter.Convert(account, compile(t, report), &securereporterv1.CallReportResponse{Records: rows}, at)
}

func one(t *testing.T, report config.Report, record *securereporterv1.Record) *eventv1.Event {
	t.Helper()
	batch := convert(t, report, observed(), record)
	require.Empty(t, batch.Rejected)
	return batch.Events[0]
}

func TestConvert_ARowIsAnotherEventWhenWhatItIsMappedToChanges(t *testing.T) {
	t.Parallel()
	first := one(t, botTraffic(), row(nil))
	for name, change := range map[string]map[string]any{
		"measure":  {"bots": 26.0},
		"time":     {"hour": "2026-09-24 08:00:01"},
		"label":    {"site": "blog"},
		"severity": {"level": "low"},
		"missing":  {"bots": nil},
	} {
		require.NotEqual(t, first.GetId(), one(t, botTraffic(), row(change)).GetId(), name)
	}
	changed := one(t, botTraffic(), row(map[string]any{"bots": 26.0}))
	require.Equal(t, first.GetNativeId(), changed.GetNativeId())

	for name, change := range map[string]map[string]any{
		"nothing": nil, "a column that nobody maps": {"note": "hello"}, "a flag that nobody maps": {"seen": true},
	} {
		require.Equal(t, first.GetId(), one(t, botTraffic(), row(change)).GetId(), name)
	}
	later := convert(t, botTraffic(), observed().Add(48*time.Hour), row(nil))
	require.Equal(t, first.GetId(), later.Events[0].GetId())
}

func TestConvert_RowsOfTwoReportsAreToldApart(t *testing.T) {
	t.Parallel()
	other := botTraffic()
	other.Name = "bot-traffic-2"
	require.NotEqual(t, one(t, botTraffic(), row(nil)).GetId(), one(t, other, row(nil)).GetId())
}

func TestConvert_ReadsDatetimesInTheReportsZone(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	report := botTraffic()
	report.Location = berlin
	require.Equal(t, observed().Truncate(time.Hour).Add(-3*time.Hour), one(t, report, row(nil)).GetOccurredAt().AsTime())
}

func TestConvert_NothingHappensInTheFuture(t *testing.T) {
	t.Parallel()
	future := row(map[string]any{"hour": "2026-09-24 10:00:00"})
	e := one(t, botTraffic(), future)
	require.Equal(t, observed(), e.GetOccurredAt().AsTime())
	require.Equal(t, observed(), e.GetTraffic().GetWindowEnd().AsTime())

	again := convert(t, botTraffic(), observed().Add(time.Minute), future)
	require.Equal(t, e.GetId(), again.Events[0].GetId(), "its time does not make it another event")
}

func TestConvert_ABadRowStopsNoNeighbour(t *testing.T) {
	t.Parallel()
	batch := convert(t, botTraffic(), observed(),
		row(map[string]any{"site": nil}), row(nil), row(map[string]any{"hour": "noon"}), row(map[string]any{"site": "blog"}))
	require.Len(t, batch.Events, 2)
	require.Len(t, batch.Rejected, 2)
	require.Equal(t, "no_id", batch.Rejected[0].Reason)
	require.Equal(t, "report bot-traffic, row 0: event.native_id: `row.site + \"/\" + row.hour`: site is absent: no value; "+
		"mend the mapping or the report, and a poll of the mended row takes it", batch.Rejected[0].Detail)
	require.Equal(t, "no_time", batch.Rejected[1].Reason)
	require.Contains(t, batch.Rejected[1].Detail, "report bot-traffic, row 2: event.occurred_at: ")

	empty := botTraffic()
	empty.Event.NativeID = "row.site"
	batch = convert(t, empty, observed(), row(map[string]any{"site": ""}))
	require.Equal(t, "report bot-traffic, row 0: event.native_id: `row.site`: it gave an empty text; "+
		"mend the mapping or the report, and a poll of the mended row takes it", batch.Rejected[0].Detail)
}

func TestConvert_AnUnreadableRowIsRejectedAndRowsAreCountedAsInTheReport(t *testing.T) {
	t.Parallel()
	batch := securereporter.Convert(account, compile(t, botTraffic()), &securereporterv1.CallReportResponse{
		Records: []*securereporterv1.Record{row(nil), row(map[string]any{"site": nil})},
		Rejected: []*securereporterv1.RejectedRecord{
			{Index: 0, Reason: "row is null", Raw: "null"}, {Index: 2, Reason: "row is no object", Raw: "7"},
		},
	}, observed())
	require.Len(t, batch.Events, 1)
	require.Len(t, batch.Rejected, 3)
	require.Equal(t, poll.Rejected{
		Reason: "unreadable", Detail: "report bot-traffic, row 2: row is no object", Record: "7", Part: "bot-traffic",
	}, batch.Rejected[1])
	require.Contains(t, batch.Rejected[2].Detail, "report bot-traffic, row 3: event.native_id: ")
}

func TestConvert_WhatCannotBeComputedIsLeftOutAndCounted(t *testing.T) {
	t.Parallel()
	report := botTraffic()
	report.Event.Labels["country"] = "row.country"
	report.Event.Labels["empty"] = "''"
	batch := convert(t, report, observed(), row(map[string]any{"requests": 0.0, "level": "loud"}))
	require.Equal(t, map[string]int{"label country": 1, "measure invalid_ratio": 1, "severity": 1}, batch.Omitted)
	const remedy = "; mend the mapping or the report where it should have one"
	require.Equal(t, map[string]string{
		"label country":         "report bot-traffic, row 0: event.labels.country: `row.country`: country is absent: no value" + remedy,
		"measure invalid_ratio": "report bot-traffic, row 0: event.measures.invalid_ratio: `row.bots / row.requests`: division by zero has no value" + remedy,
		"severity": "report bot-traffic, row 0: event.severity: `has(row.level) ? row.level : ''`: it gave \"loud\", " +
			"which is none of critical, high, medium, low, info" + remedy,
	}, batch.Why)
	require.Equal(t, map[string]string{"report": "bot-traffic", "site": "shop"}, batch.Events[0].GetLabels())
	require.Equal(t, map[string]float64{"requests": 0, "invalid": 25}, batch.Events[0].GetTraffic().GetMeasures())
	require.Equal(t, eventv1.Severity_SEVERITY_UNSPECIFIED, batch.Events[0].GetSeverity())
}

func TestConvert_EntityFallsBackToSiteAndReport(t *testing.T) {
	t.Parallel()
	require.Equal(t, "site:shop", one(t, botTraffic(), row(nil)).GetEntity())
	report := botTraffic()
	report.Event.Labels = nil
	require.Equal(t, "report:bot-traffic", one(t, report, row(nil)).GetEntity())
	report.Event.Entity = `"shop:" + row.site`
	require.Equal(t, "shop:shop", one(t, report, row(nil)).GetEntity())
}
