package state_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// A tag stays with its event, whatever comes and goes around it, and changes
// nothing of the order.
func TestTable_KeepsTags(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	table := newTable(5, 100)
	tags := map[string]state.Key{}
	for i := range 5000 {
		id := []string{idOf(i), "event " + strconv.Itoa(i)}[i%2]
		if i%3 > 0 {
			tags[id] = state.KeyOf(id)
		}
		k, at := state.KeyOf(strconv.Itoa(r.IntN(100))), atHour(base).Add(time.Duration(r.IntN(50))*time.Minute)
		require.True(t, table.AddTagged(k, at, id, tags[id], base+int64(i/500)))
		if i%500 == 499 {
			table.Tick(base + int64(i/500))
			table.Delete(state.KeyOf(strconv.Itoa(r.IntN(100))))
			table = restored(t, table, base+int64(i/500), 5, 100)
			require.NoError(t, table.Verify())
		}
	}
	seen := 0
	for key := range 100 {
		run := table.Run(state.KeyOf(strconv.Itoa(key)))
		for i := range run.Len() {
			seen++
			require.Equal(t, tags[run.Entry(i).ID], run.Tag(i))
			require.True(t, run.Is(i, run.Entry(i).ID))
			require.True(t, i == 0 || run.Entry(i-1).Compare(run.Entry(i)) < 0)
		}
	}
	require.Greater(t, seen, 1000)
}

func TestRun_Within(t *testing.T) {
	t.Parallel()
	table := newTable(24, 10)
	k := state.KeyOf("k")
	for i := range 10 {
		table.Add(k, atHour(base).Add(time.Duration(i)*time.Minute), strconv.Itoa(i), base)
	}
	r, at := table.Run(k), atHour(base)
	require.Equal(t, "5 6 7", ids(r.Within(at.Add(7*time.Minute), 3*time.Minute)), "what is as old as the window is out")
	require.Equal(t, "8 9", ids(r.Within(at.Add(time.Hour), 53*time.Minute)))
	require.Equal(t, "9", ids(r.Within(at.Add(9*time.Minute), time.Nanosecond)), "the last one alone")
	require.Empty(t, ids(r.Within(at.Add(-1), time.Hour)))
	require.Empty(t, ids(r.Within(at.Add(time.Hour), time.Minute)))
	require.Zero(t, state.Run{}.Within(at, time.Hour).Len())
	require.Zero(t, r.Slice(10, 10).Len())
	require.Equal(t, "9", ids(r.Slice(9, 10)))
	require.Equal(t, "0 1", ids(r.Slice(0, 2)))
}
