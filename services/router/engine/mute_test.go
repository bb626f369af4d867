package engine_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/services/router/engine"
)

func TestMute(t *testing.T) {
	t.Parallel()
	tell(t, []story{
		{
			name:   "from the start to before the end",
			rule:   "on: [anomaly]\nmute: [morning]",
			events: list(anomaly("a", "09:59:59.999999999"), anomaly("b", "10:00"), anomaly("c", "10:29:59.999999999"), anomaly("d", "10:30")),
			want:   []string{"a FIRED", "b MUTED morning until 10:30 UTC", "c MUTED morning until 10:30 UTC", "d FIRED"},
		},
		{
			name:   "the first window that is open is named",
			rule:   "on: [anomaly]\nmute: [night, morning]",
			events: list(anomaly("a", "10:00"), anomaly("b", "22:00"), anomaly("c", "1d 04:59"), anomaly("d", "1d 05:00")),
			want:   []string{"a MUTED morning until 10:30 UTC", "b MUTED night until 06:00 Europe/Berlin", "c MUTED night until 06:00 Europe/Berlin", "d FIRED"},
		},
		{
			name:   "starts no cooldown and uses up no limit",
			rule:   "on: [anomaly]\nmute: [morning]\ncooldown: 2h\nlimits: [{max: 1, per: 2h}]",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:30")),
			want:   []string{"a MUTED morning until 10:30 UTC", "b FIRED"},
		},
		{
			name:   "comes before cooldown and consumes nothing",
			rule:   "on: [anomaly]\ncount: {at_least: 2, within: 2h, reset: true}\nmute: [morning]\ncooldown: 2h",
			events: list(anomaly("a", "09:00"), anomaly("b", "10:00"), anomaly("c", "10:30"), anomaly("d", "2d 10:00")),
			want:   []string{"a HELD_COUNT count 1 of 2", "b MUTED morning until 10:30 UTC", "c FIRED count 3 of 2", "d HELD_COUNT count 1 of 2"},
		},
		{
			name:   "goes by event time",
			rule:   "on: [anomaly]\nmute: [morning]",
			events: list(anomaly("a", "10:29", seen("10:40")), anomaly("b", "09:59", seen("10:41"))),
			want:   []string{"a MUTED morning until 10:30 UTC", "b FIRED"},
		},
	})
}

// muting returns what tells whether a window mutes an event of an instant.
func muting(t tester, window string) func(time.Time) bool {
	t.Helper()
	e := engine.New(load(t, "rules: [{name: one, mode: shadow, on: [anomaly], mute: [w]}]\nmute_windows: {w: "+window+"}\n"), hourLate())
	n := 0
	return func(when time.Time) bool {
		n++
		ev := anomaly(strconv.Itoa(n), "10:00")
		ev.OccurredAt = timestamppb.New(when)
		return outcome(e.Event(engine.Input{Event: ev})[0].Decision) == "MUTED"
	}
}

// Every quarter of an hour around both changes of the clock, against offsets
// written down by hand: Berlin is an hour ahead of UTC in winter and two from
// 2026-03-29T01:00Z to 2026-10-25T01:00Z.
func TestMute_OnDaysWhenTheClockChanges(t *testing.T) {
	t.Parallel()
	spring, autumn := time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)
	for _, change := range []time.Time{spring, autumn} {
		for _, hours := range [][2]int{{2, 6}, {23, 3}, {2, 3}, {1, 1}} {
			window := fmt.Sprintf("{from: \"%02d:00\", to: \"%02d:00\", time_zone: Europe/Berlin}", hours[0], hours[1])
			isMuted := muting(t, window)
			for at := change.Add(-30 * time.Hour); at.Before(change.Add(30 * time.Hour)); at = at.Add(15 * time.Minute) {
				offset := time.Hour
				if !at.Before(spring) && at.Before(autumn) {
					offset = 2 * time.Hour
				}
				hour := at.Add(offset).Hour()
				want := hours[0] <= hour && hour < hours[1]
				if hours[0] >= hours[1] {
					want = hour >= hours[0] || hour < hours[1]
				}
				require.Equal(t, want, isMuted(at), "%s at %s", window, at)
			}
		}
	}
}

func TestMute_ADoubledHourIsMutedTwiceAndASkippedOneNotAtAll(t *testing.T) {
	t.Parallel()
	isMuted := muting(t, `{from: "02:00", to: "03:00", time_zone: Europe/Berlin}`)
	muted := func(day time.Time) int {
		minutes := 0
		for m := range 24 * 60 {
			if isMuted(day.Add(time.Duration(m) * time.Minute)) {
				minutes++
			}
		}
		return minutes
	}
	require.Equal(t, 60, muted(time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC)))
	require.Zero(t, muted(time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC)))
	require.Equal(t, 120, muted(time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)))
}

func TestMute_DaysNameTheDayOnWhichAWindowStarts(t *testing.T) {
	t.Parallel()
	day := func(d, hour int) time.Time { return monday.AddDate(0, 0, d).Add(time.Duration(hour) * time.Hour) }
	cases := []struct {
		window string
		open   []time.Time
		shut   []time.Time
	}{
		{ // over midnight from Friday into Saturday and from Saturday into Sunday
			`{from: "22:00", to: "06:00", days: [fri, sat]}`,
			[]time.Time{day(4, 22), day(5, 0), day(5, 5), day(5, 22), day(6, 5)},
			[]time.Time{day(4, 5), day(4, 21), day(5, 6), day(6, 6), day(6, 22), day(7, 5)},
		},
		{ // a whole day, from midnight
			`{from: "00:00", to: "00:00", days: [wed]}`,
			[]time.Time{day(2, 0), day(2, 23)},
			[]time.Time{day(1, 23), day(3, 0)},
		},
		{ // a whole day, from noon
			`{from: "12:00", to: "12:00", days: [wed]}`,
			[]time.Time{day(2, 12), day(3, 11)},
			[]time.Time{day(2, 11), day(3, 12)},
		},
		{ // a range over the end of the week
			`{from: "08:00", to: "09:00", days: [sat-mon]}`,
			[]time.Time{day(0, 8), day(5, 8), day(6, 8)},
			[]time.Time{day(1, 8), day(4, 8), day(5, 9)},
		},
	}
	for _, c := range cases {
		isMuted := muting(t, c.window)
		for _, at := range c.open {
			require.True(t, isMuted(at), "%s at %s", c.window, at)
		}
		for _, at := range c.shut {
			require.False(t, isMuted(at), "%s at %s", c.window, at)
		}
	}
}

func TestMute_DaysAreThoseOfTheZone(t *testing.T) {
	t.Parallel()
	isMuted := muting(t, `{from: "00:00", to: "02:00", days: [tue], time_zone: Asia/Tokyo}`)
	require.True(t, isMuted(at("15:00")), "Monday afternoon is Tuesday in Tokyo")
	require.False(t, isMuted(at("1d 15:00")))
	// Tuesdays of other centuries, and the first and the last hours of the calendar.
	require.True(t, isMuted(time.Date(1970, 1, 5, 15, 0, 0, 0, time.UTC)))
	require.True(t, isMuted(time.Date(2262, 4, 14, 16, 59, 59, 0, time.UTC)))
	require.False(t, isMuted(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)))
	require.False(t, isMuted(time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)))
}
