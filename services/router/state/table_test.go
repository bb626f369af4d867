package state_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/state"
)

func TestKeyOf_TellsPartsApart(t *testing.T) {
	t.Parallel()
	keys := map[state.Key][]string{}
	long := strings.Repeat("ж", 100_000)
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"", "ab"}, {"\x00"}, {long + "1"}, {long + "2"}} {
		k := state.KeyOf(parts...)
		require.NotContains(t, keys, k)
		require.NotEqual(t, state.Key{}, k)
		require.Equal(t, k, state.KeyOf(parts...))
		keys[k] = parts
	}
}

func TestKeyOf_AllocatesNothing(t *testing.T) { //nolint:paralleltest // it measures
	parts := []string{"anodot-prod", alertKey(7)}
	require.Zero(t, testing.AllocsPerRun(100, func() { state.KeyOf(parts...) }))
}

// What orders keys must not change: snapshots are in that order.
func TestKeyOf_StaysTheSame(t *testing.T) {
	t.Parallel()
	table := newTable(24, 10)
	table.Add(state.KeyOf("anodot-prod", "17"), time.Unix(1, 2), "e", base)
	want := "\x01\xff\xcc\x95\xac\x22\x64\xb3\x50\xf0\x8b\x33\x00\x30\x4d\x9c\x6c\x01\x02\x02\xa0\xe8\x3b\x02e"
	require.Equal(t, want, string(table.Append(nil)))
}

func TestRun_IsOrderedByTimeThenID(t *testing.T) {
	t.Parallel()
	at := atHour(base)
	packed := "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	table := newTable(24, 10)
	k := state.KeyOf("k")
	for _, x := range []state.Entry{
		{At: at, ID: "b"},
		{At: at.Add(time.Nanosecond), ID: "A"},
		{At: at, ID: packed},
		{At: at, ID: "Z" + packed},
		{At: at, ID: "7" + packed[1:]},
		{At: at.Add(-time.Second), ID: "x"},
		{At: at, ID: ""},
		{At: at, ID: "aaaaaaaaaaaaaaaaaaaaaaaaab"}, // no whole id: bits are left over
		{At: at, ID: "é"},
	} {
		require.True(t, table.Add(k, x.At, x.ID, base))
	}
	want := []string{"x", "", "7" + packed[1:], "Z" + packed, packed, packed[1:] + "b", "b", "é", "A"}
	require.Equal(t, strings.Join(want, " "), ids(table.Run(k)))
	require.Equal(t, strings.Join(want, " "), ids(restored(t, table, base, 24, 10).Run(k)))
	r := table.Run(k)
	for i, id := range want {
		require.True(t, r.Is(i, id))
		require.False(t, r.Is(i, id+"0"))
		require.Equal(t, state.Entry{At: r.Time(i), ID: id}, r.Entry(i))
		require.True(t, i == 0 || r.Entry(i-1).Compare(r.Entry(i)) < 0)
	}
}

func TestRun_UntilCountsThoseAtOrBefore(t *testing.T) {
	t.Parallel()
	at := atHour(base)
	table := newTable(24, 10)
	k := state.KeyOf("k")
	require.Zero(t, table.Run(k).Until(at))
	for i := range 10 {
		table.Add(k, at.Add(time.Duration(i/2)*time.Nanosecond), strconv.Itoa(i), base)
	}
	r := table.Run(k)
	for i := range 10 {
		require.Equal(t, i/2*2+2, r.Until(at.Add(time.Duration(i/2)*time.Nanosecond)))
	}
	require.Zero(t, r.Until(at.Add(-1)))
	require.Equal(t, 10, r.Until(at.AddDate(5000, 0, 0)))
	require.Zero(t, r.Until(at.AddDate(-5000, 0, 0)), "before the first year")
	require.Equal(t, "2 3", ids(r.Slice(r.Until(at), r.Until(at.Add(1)))))
}

func TestTable_HoldsEachTimeOfATimestamp(t *testing.T) {
	t.Parallel()
	times := []time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1677, 9, 21, 0, 12, 43, 145224191, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC), time.Unix(0, 0).UTC(),
		time.Date(2262, 4, 11, 23, 47, 16, 854775808, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
	}
	for _, at := range times {
		hour := at.Unix() / 3600
		table := state.NewTable(24, 10)
		table.Tick(hour - 1)
		k := state.KeyOf("k")
		require.True(t, table.Add(k, at, "e", hour))
		require.Equal(t, []state.Entry{{At: at, ID: "e"}}, table.Run(k).Entries())
		again := restored(t, table, hour-1, 24, 10)
		require.Equal(t, table.Run(k).Entries(), again.Run(k).Entries())
		again.Tick(hour + 24)
		require.Equal(t, 1, again.Len())
		again.Tick(hour + 25)
		require.Zero(t, again.Len())
	}
}

func TestTable_RefusesAKeyTooManyUntilOneIsOver(t *testing.T) {
	t.Parallel()
	table := newTable(24, 2)
	a, b, c := state.KeyOf("a"), state.KeyOf("b"), state.KeyOf("c")
	require.True(t, table.HasRoom(a))
	require.True(t, table.Add(a, atHour(base), "1", base))
	require.True(t, table.Add(b, atHour(base), "2", base+1))
	require.False(t, table.HasRoom(c))
	require.False(t, table.Add(c, atHour(base), "3", base))
	require.Zero(t, table.Run(c).Len())
	require.True(t, table.HasRoom(a))
	require.True(t, table.Add(a, atHour(base), "4", base), "a known key is taken")
	require.True(t, table.HasRoom(a, b))
	require.False(t, table.HasRoom(b, c))

	table.Tick(base + 24)
	require.False(t, table.Add(c, atHour(base), "3", base))
	table.Tick(base + 25)
	require.Equal(t, 1, table.Len())
	require.False(t, table.HasRoom(a) && table.Run(a).Len() > 0)
	require.True(t, table.Add(c, atHour(base), "3", base+25))
	table.Delete(b)
	table.Delete(b)
	require.True(t, table.Add(a, atHour(base), "6", base+25))
	require.Equal(t, 2, table.Len())
}

func TestTable_KeepsTheLatestOfVeryManyEvents(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "a text that cannot be packed "} {
		table := newTable(24, 10)
		k := state.KeyOf("k")
		for i := range 20_001 {
			if i == 20_000 {
				require.Equal(t, i, table.Run(k).Len())
			}
			id := prefix + idOf(i)
			table.Add(k, atHour(base).Add(time.Duration(i)*time.Second), id, base+int64(i)/3600)
		}
		r := restored(t, table, base, 24, 10).Run(k)
		require.Equal(t, 15_000, r.Len())
		require.Equal(t, prefix+idOf(5001), r.Entry(0).ID)
		require.Equal(t, prefix+idOf(20_000), r.Entry(14_999).ID)
	}
}

func TestTable_DeleteForgetsAKeyAndItsAge(t *testing.T) {
	t.Parallel()
	table := newTable(24, 10)
	k := state.KeyOf("k")
	table.Add(k, atHour(base), "a", base+9)
	table.Add(k, atHour(base), "b", base)
	table.Delete(k)
	table.Add(k, atHour(base-1), "c", base)
	require.Equal(t, "c", ids(table.Run(k)))
	require.Equal(t, 1, table.Len())
	table.Tick(base + 25)
	require.Zero(t, table.Len(), "the age of what was there before does not count")
}

func TestTable_RebaseLetsAgesCountFromNow(t *testing.T) {
	t.Parallel()
	table := newTable(24, 10)
	a, b := state.KeyOf("a"), state.KeyOf("b")
	table.Add(a, atHour(base), "gone", base)
	ahead := int64(base + 87_600)
	table.Tick(ahead)
	table.Add(a, atHour(base), "1", ahead)
	table.Add(b, atHour(base+5), "2", ahead)
	table.Rebase(base+1, func(at time.Time) int64 { return max(base+1, at.Unix()/3600) })
	require.Equal(t, "1", ids(table.Run(a)), "what was forgotten stays forgotten")
	restored(t, table, base+1, 24, 10)
	table.Tick(base + 26)
	require.Equal(t, 1, table.Len())
	require.Equal(t, "2", ids(table.Run(b)), "its own time is still to come")
	table.Tick(base + 30)
	require.Zero(t, table.Len())
}

func TestTable_ALongerHorizonBringsNothingBack(t *testing.T) {
	t.Parallel()
	table := newTable(1, 1000)
	for i := range 900 {
		table.Add(state.KeyOf(strconv.Itoa(i)), atHour(base), "a", base+int64(i%3))
	}
	table.Tick(base + 2)
	require.Equal(t, 600, table.Len())
	table.SetHorizon(100)
	require.Equal(t, 600, table.Len())
	require.Zero(t, table.Run(state.KeyOf("0")).Len())
	require.Equal(t, 1, table.Run(state.KeyOf("1")).Len())
	table.SetHorizon(0)
	require.Equal(t, 300, table.Len())
	require.Zero(t, table.Run(state.KeyOf("1")).Len())
	require.Equal(t, 1, table.Run(state.KeyOf("2")).Len())
}

func TestTable_AnAgeIsNeverBeforeTheClock(t *testing.T) {
	t.Parallel()
	table := newTable(24, 10)
	table.Add(state.KeyOf("k"), atHour(base), "a", base-100)
	require.Equal(t, 1, table.Len())
	table.Tick(base + 24)
	require.Equal(t, 1, table.Len())
	table.Tick(base + 25)
	require.Zero(t, table.Len())
}

func TestTable_TheZeroKeyIsNone(t *testing.T) {
	t.Parallel()
	table, memory := newTable(24, 10), state.NewMemory(90)
	for range 2 {
		require.False(t, table.Add(state.Key{}, atHour(base), "a", base))
		require.False(t, memory.Add(state.Key{}))
		require.Zero(t, table.Run(state.Key{}).Len())
		table.Delete(state.Key{})
		require.Zero(t, table.Len()+memory.Len())
		table.Add(state.KeyOf("k"), atHour(base), "a", base)
		table.Delete(state.KeyOf("k"))
	}
}

// The age of a key is that of the events it still has.
func TestTable_ForgetsTheAgeOfWhatItDropped(t *testing.T) {
	t.Parallel()
	table := newTable(24, 10)
	k := state.KeyOf("k")
	for i := range 20_001 {
		hour := int64(base)
		if i == 0 {
			hour += 9
		}
		table.Add(k, atHour(base).Add(time.Duration(i)), idOf(i%50), hour)
	}
	require.NoError(t, table.Verify())
	table.Tick(base + 25)
	require.Zero(t, table.Len())
}
