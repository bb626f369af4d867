package anura

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/poll"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
)

// FuzzConvert converts any counts of any name: each record is one event or one
// rejection, the same each time, and fits on the wire.
func FuzzConvert(f *testing.F) {
	f.Add("AS 1 / Example", "suspect", 6.0, 10.0, int64(3), int32(20260924))
	f.Add("", "Bad+Rate", math.Inf(1), -1.5, int64(-1), int32(20261399))
	f.Fuzz(func(t *testing.T, name, column string, count, other float64, whole int64, day int32) {
		name, column = strings.ToValidUTF8(name, "?"), strings.ToValidUTF8(column, "?")
		at := time.Date(2026, 9, 24, 10, 0, 0, 0, time.UTC)
		asked := Question{Place: Place{Instance: "7", Campaign: name}, First: dayOf(at), Last: dayOf(at), At: at}
		page := &anurav1.ListReportRowsResponse{
			Columns: []*anurav1.ReportColumn{
				{Name: column},
				{Name: column, Measure: anurav1.Measure_MEASURE_SUSPECT},
				{Name: column, Measure: anurav1.Measure(whole % 10), IsRate: day%2 == 0},
			},
			Rows: []*anurav1.ReportRow{{Cells: []*anurav1.ReportCell{
				{Value: &anurav1.ReportCell_Text{Text: name}},
				{Value: &anurav1.ReportCell_Number{Number: count}},
				{Value: &anurav1.ReportCell_Number{Number: other}},
			}}},
		}
		table := part{asked.Place, "direct/networks"}
		requireOne(t, func() poll.Batch { return convertRows("anura-main", table, asked, page) })
		requireOne(t, func() poll.Batch {
			return ConvertScript("anura-main", asked, &anurav1.GetScriptOverviewResponse{
				Days: []*anurav1.ScriptDay{{Day: day, Counts: &anurav1.ScriptCounts{Good: whole, Extra: map[string]string{column: name}}}},
			})
		})
		requireOne(t, func() poll.Batch {
			return Convert("anura-main", asked, &anurav1.GetOverviewResponse{
				Days: []*anurav1.DayCounts{{Day: day, Suspect: whole, Nonsuspect: 1}},
			})
		})
	})
}

func requireOne(t *testing.T, convert func() poll.Batch) {
	t.Helper()
	batch, again := convert(), convert()
	require.Equal(t, 1, len(batch.Events)+len(batch.Rejected))
	require.Equal(t, batch.Rejected, again.Rejected)
	for i, e := range batch.Events {
		require.Equal(t, e.GetId(), again.Events[i].GetId())
		require.False(t, e.GetOccurredAt().AsTime().After(e.GetObservedAt().AsTime()))
		_, err := proto.Marshal(e)
		require.NoError(t, err)
		for name, n := range e.GetTraffic().GetMeasures() {
			require.False(t, math.IsNaN(n) || math.IsInf(n, 0), "%s is %v", name, n)
		}
	}
}
