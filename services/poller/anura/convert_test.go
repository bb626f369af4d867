package anura_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/poll"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/poller/anura"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
)

const account = "anura-main"

func at(hour, minute int) time.Time { return time.Date(2026, 9, 24, hour, minute, 0, 0, time.UTC) }

func day(n int) time.Time { return time.Date(2026, 9, n, 0, 0, 0, 0, time.UTC) }

func TestConvert_Golden(t *testing.T) {
	t.Parallel()
	campaign := anura.Question{
		Place: anura.Place{Instance: "1001", InstanceName: "Shop", Campaign: "spring-sale"},
		First: day(23), Last: day(24), At: at(10, 0),
	}
	answer := pollertest.Read(t, "overview", &anurav1.GetOverviewResponse{})
	pollertest.Golden(t, "campaign", anura.Convert(account, campaign, answer))

	whole := campaign
	whole.Place = anura.Place{Instance: "1001"}
	pollertest.Golden(t, "instance", anura.Convert(account, whole, answer))
}

// convert converts the counts of 24 September as they are at a time.
func convert(t *testing.T, asked time.Time, suspect, nonsuspect int64) *eventv1.Event {
	t.Helper()
	batch := anura.Convert(account, anura.Question{
		Place: anura.Place{Instance: "7", Campaign: "c"}, First: day(24), Last: day(25), At: asked,
	}, &anurav1.GetOverviewResponse{Days: []*anurav1.DayCounts{{Day: 20260924, Suspect: suspect, Nonsuspect: nonsuspect}}})
	require.Len(t, batch.Events, 1)
	return batch.Events[0]
}

func TestConvert_OpenDayIsTheSameUntilItsCountsChange(t *testing.T) {
	t.Parallel()
	first := convert(t, at(10, 0), 5, 95)
	require.Equal(t, at(10, 0), first.GetOccurredAt().AsTime(), "an open day is stamped with when it was seen")
	require.Equal(t, first.GetId(), convert(t, at(11, 0), 5, 95).GetId())

	changed := convert(t, at(12, 0), 6, 95)
	require.NotEqual(t, first.GetId(), changed.GetId())
	require.Equal(t, first.GetNativeId(), changed.GetNativeId())
}

func TestConvert_DayThatIsOverIsStampedWithItsEnd(t *testing.T) {
	t.Parallel()
	open := convert(t, at(23, 59), 5, 95)
	over := convert(t, at(24, 0), 5, 95)
	require.NotEqual(t, open.GetId(), over.GetId(), "the final counts are a fact of their own")
	require.Equal(t, day(25), over.GetOccurredAt().AsTime())
	require.Equal(t, day(25), over.GetTraffic().GetWindowEnd().AsTime())

	again := convert(t, at(40, 0), 5, 95)
	require.Equal(t, over.GetId(), again.GetId())
	require.Equal(t, over.GetOccurredAt().AsTime(), again.GetOccurredAt().AsTime())
}

func TestConvert_NothingOfNothingHasNoRatio(t *testing.T) {
	t.Parallel()
	measures := convert(t, at(10, 0), 0, 0).GetTraffic().GetMeasures()
	require.Equal(t, map[string]float64{"requests": 0, "suspect": 0, "invalid": 0}, measures)
}

func TestConvert_PlacesAreToldApart(t *testing.T) {
	t.Parallel()
	ids := map[string]anura.Place{}
	for _, place := range []anura.Place{
		{Instance: "1"}, {Instance: "2"}, {Instance: "1", Campaign: "c"}, {Instance: "2", Campaign: "c"}, {Instance: "1", Campaign: "d"},
	} {
		batch := anura.Convert(account, anura.Question{Place: place, First: day(24), Last: day(24), At: at(10, 0)},
			&anurav1.GetOverviewResponse{Days: []*anurav1.DayCounts{{Day: 20260924, Suspect: 1}}})
		require.NotContains(t, ids, batch.Events[0].GetId(), "%v", place)
		ids[batch.Events[0].GetId()] = place
	}
}

func TestConvert_RefusesADayThatWasNotAskedFor(t *testing.T) {
	t.Parallel()
	batch := anura.Convert(account, anura.Question{Place: anura.Place{Instance: "7", Campaign: "c"}, First: day(24), Last: day(24), At: at(10, 0)},
		&anurav1.GetOverviewResponse{Days: []*anurav1.DayCounts{{Day: 0}, {Day: 20260925}, {Day: 20260924}}, Raw: "{}"})
	require.Len(t, batch.Events, 1)
	require.Len(t, batch.Rejected, 2)
	require.Equal(t, poll.Rejected{
		Reason: "bad_day", Detail: "overview of campaign c of instance 7: 20260925 is no day from 20260924 to 20260924",
		Record: `{"date":20260925,"suspect":0,"nonsuspect":0}`, Part: "7/c",
	}, batch.Rejected[1])
}
