package state_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// What the property tests do with few keys, with enough of them for many
// leaves that split, join and are swept one after the other.
func TestTable_OfManyLeavesIsItsModel(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	m := newMachine(25_000)
	for round := range 60 {
		from, n := r.IntN(40_000), r.IntN(6000)
		if round%20 > 14 {
			n /= 50 // nearly silent: leaves join
		}
		for i := range n {
			key := keyName(from + i)
			if r.IntN(5) == 0 {
				m.remove(key)
				continue
			}
			m.put(t, key, m.hour+r.Int64N(3), atHour(m.hour).Add(time.Duration(r.IntN(100))*time.Second))
		}
		switch round % 6 {
		case 3:
			m.setHorizon(r.Int64N(6))
		case 5:
			m.goBack(m.hour - r.Int64N(4))
		default:
			m.tick(1 + r.Int64N(2))
		}
		require.NoError(t, m.table.Verify())
		require.Len(t, m.keys, m.table.Len())
		if round%5 == 4 {
			m.checkAll(t)
			m.twin = restored(t, m.twin, m.hour, m.horizon, m.maxKeys)
			require.NoError(t, m.twin.Verify())
			require.Equal(t, string(m.twin.Append(nil)), string(m.table.Append(nil)))
		}
	}
}

func TestMemory_OfManyLeavesIsItsModel(t *testing.T) {
	t.Parallel()
	const kept = 40
	r := rand.New(rand.NewPCG(3, 4))
	memory, met, day := state.NewMemory(kept), map[string]int64{}, int64(20_000)
	memory.Tick(day * 24)
	twin := remembered(t, memory, day*24, kept)
	for round := range 100 {
		from := r.IntN(60_000)
		for i := range r.IntN(3000) {
			key := keyName(from + i)
			_, known := met[key]
			if !known {
				met[key] = day
			}
			require.Equal(t, !known, memory.Add(state.KeyOf(key)))
			require.Equal(t, !known, twin.Add(state.KeyOf(key)))
		}
		if round%9 == 8 {
			day -= r.Int64N(30)
			memory.Rebase(day * 24)
			twin.Rebase(day * 24)
		} else {
			day += r.Int64N(12)
			memory.Tick(day * 24)
			twin.Tick(day * 24)
		}
		for key, on := range met {
			met[key] = min(on, day)
			if on+kept < day {
				delete(met, key)
			}
		}
		require.Len(t, met, memory.Len())
		require.NoError(t, memory.Verify())
		if round%10 == 9 {
			twin = remembered(t, twin, day*24, kept)
			require.Equal(t, string(memory.Append(nil)), string(twin.Append(nil)))
		}
	}
}

// One key with very many events does not keep its neighbours from being held
// apart, and neither do a thousand such keys.
func TestTable_HoldsBusyKeysApart(t *testing.T) {
	t.Parallel()
	table := newTable(24, 1000)
	for i := range 60_000 {
		for _, key := range []int{i % 3, 3 + i%40} {
			require.True(t, table.Add(state.KeyOf(strconv.Itoa(key)), atHour(base).Add(time.Duration(i)), idOf(i%100), base+int64(i/30_000)))
		}
	}
	require.NoError(t, table.Verify())
	require.Equal(t, 20_000, table.Run(state.KeyOf("0")).Len())
	require.Equal(t, 1500, table.Run(state.KeyOf("3")).Len())
	table.Tick(base + 25)
	require.Equal(t, 43, table.Len())
	require.Equal(t, 10_000, table.Run(state.KeyOf("0")).Len())
	again := restored(t, table, base+25, 24, 1000)
	require.NoError(t, again.Verify())
}
