package state_test

import (
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// Each hour of a month brings keys that nobody has seen. What they take is
// freed as they expire, and after a peak most of it is given back.
func TestTable_AMonthIsFreed(t *testing.T) { //nolint:paralleltest // it measures
	const perHour, peak = 1000, 200_000
	before := heap()
	table, n := newTable(24, 1_000_000), 0
	hour := func(now int64, keys int) {
		table.Tick(now)
		for range keys {
			n++
			table.Add(state.KeyOf(strconv.Itoa(n)), atHour(now), "event "+strconv.Itoa(n), now)
		}
	}
	used := map[int64]float64{}
	for day := range int64(30) {
		for now := base + day*24; now < base+day*24+24; now++ {
			hour(now, perHour)
		}
		if day == 20 {
			hour(base+day*24+23, peak)
			used[-1] = float64(heap() - before)
		}
		used[day] = float64(heap() - before)
		require.Less(t, table.Len(), 25*perHour+peak+1)
	}
	require.Equal(t, 25*perHour, table.Len())
	require.Greater(t, used[-1], 100.0*peak)
	require.InEpsilon(t, used[10], used[19], 0.15, "no more after nineteen days than after ten")
	require.InEpsilon(t, used[10], used[29], 0.25, "the peak is given back")
	require.Less(t, used[29], 250.0*25*perHour)
	runtime.KeepAlive(table)

	table.Tick(base + 10_000)
	require.Less(t, float64(heap())-float64(before), 100_000.0, "nothing is left of nothing")
	runtime.KeepAlive(table)
}

// A table that is nearly empty again gives its room back even where one leaf is
// all there was.
func TestTable_OneLeafIsFreed(t *testing.T) { //nolint:paralleltest // it measures
	var tables []*state.Table
	before := heap()
	for range 100 {
		table := newTable(24, 4000)
		for i := range 2000 {
			table.Add(state.KeyOf(strconv.Itoa(i)), atHour(base), idOf(i), base+int64(i/1990))
		}
		table.Tick(base + 25)
		require.Equal(t, 10, table.Len())
		tables = append(tables, table)
	}
	require.Less(t, perKey(before, len(tables)), 5000.0)
	runtime.KeepAlive(tables)
}

// Keys that come and go within an hour leave no texts behind, although blocks that
// are free come back into use and nothing else grows.
func TestTable_TextsOfOneHourAreFreed(t *testing.T) {
	t.Parallel()
	const keys, cycles = 1000, 100_000
	table, tag := newTable(24, keys), state.KeyOf("tag")
	begin := func(n int) {
		k := state.KeyOf(strconv.Itoa(n % keys))
		table.Delete(k)
		for i := range 3 {
			require.True(t, table.AddTagged(k, atHour(base), idOf(i), tag, base))
		}
	}
	for n := range keys {
		begin(n)
	}
	before := table.TextBytes()
	for n := range cycles {
		begin(n)
	}
	require.LessOrEqual(t, table.TextBytes(), 2*before)
}

func TestMemory_AYearIsFreed(t *testing.T) { //nolint:paralleltest // it measures
	const perHour = 100
	before := heap()
	memory := state.NewMemory(90)
	used := map[int]float64{}
	for now := range 365 * 24 {
		memory.Tick(int64(now))
		for i := range perHour {
			memory.Add(state.KeyOf(strconv.Itoa(now), strconv.Itoa(i)))
		}
		if now%2400 == 0 {
			used[now] = float64(heap() - before)
		}
	}
	require.Equal(t, (90*24+24)*perHour, memory.Len())
	require.InEpsilon(t, used[2400], used[7200], 0.15)
	require.Less(t, float64(heap()-before)/float64(memory.Len()), 45.0, "bytes of one")
	runtime.KeepAlive(memory)
}

// A key of one or two events takes little.
func TestTable_TakesLittlePerKey(t *testing.T) { //nolint:paralleltest // it measures
	for events, most := range map[int]float64{1: 130, 2: 170} {
		before := heap()
		table := newTable(24, 1_000_000)
		for i := range 200_000 * events {
			table.Add(state.KeyOf(alertKey(i%200_000)), atHour(base), idOf(i), base)
		}
		require.Less(t, perKey(before, 200_000), most, "%d events", events)
		require.Equal(t, 200_000, table.Len())
		runtime.KeepAlive(table)
	}
}

func TestTable_ReadingAndReplacingAllocateNothing(t *testing.T) { //nolint:paralleltest // it measures
	table := newTable(24, 10)
	k := state.KeyOf("k")
	for i := range 100 {
		table.Add(k, atHour(base), idOf(i), base)
	}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		r := table.Run(k)
		n := r.Until(atHour(base + 1))
		_ = r.Slice(0, n).Is(n-1, "another")
		_ = r.Time(n - 1)
	}))
	id := idOf(0)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		table.Delete(k)
		table.Add(k, atHour(base), id, base)
	}))
}
