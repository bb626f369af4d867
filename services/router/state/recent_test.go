package state_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// A key that is asked about again at once is found where it is by then: its leaf is
// spaced anew in between, and split.
func TestTable_FindsAgainWhatHasMoved(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"a", "b", "c", "d", "e"} {
		t.Run(prefix, func(t *testing.T) {
			t.Parallel()
			testMovedKeys(t, func(i int) state.Key { return state.KeyOf(prefix, strconv.Itoa(i)) })
		})
	}
}

func testMovedKeys(t *testing.T, keyAt func(i int) state.Key) {
	t.Helper()
	table := newTable(24, 100_000)
	add := func(from, to int) {
		for i := from; i < to; i++ {
			require.True(t, table.Add(keyAt(i), atHour(base), idOf(2*i), base))
			require.True(t, table.Add(keyAt(i), atHour(base), idOf(2*i+1), base))
		}
	}
	const full, gone, keys = 4096, 1500, 12_000
	add(0, full)
	for i := range gone {
		table.Delete(keyAt(i))
	}
	add(full, keys)
	require.NoError(t, table.Verify())
	for i := range keys {
		want := 2
		if i < gone {
			want = 0
		}
		require.Equal(t, want, table.Run(keyAt(i)).Len(), "key %d", i)
	}
}

// Of two events, one is over: whichever it is, the other one is left.
func TestTable_OneOfTwoIsOver(t *testing.T) {
	t.Parallel()
	for name, hours := range map[string][2]int64{"first": {base, base + 20}, "last": {base + 20, base}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := state.NewTable(24, 10)
			table.Tick(base)
			k := state.KeyOf("k")
			for i, hour := range hours {
				require.True(t, table.Add(k, atHour(base).Add(time.Duration(i)), idOf(i), hour))
			}
			table.Tick(base + 25)
			left := table.Run(k)
			require.Equal(t, 1, left.Len())
			want := 0
			if name == "first" {
				want = 1
			}
			require.Equal(t, idOf(want), left.Entry(0).ID)
			require.NoError(t, table.Verify())
		})
	}
}
