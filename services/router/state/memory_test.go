package state_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/state"
)

func TestMemory_ForgetsDayByDay(t *testing.T) {
	t.Parallel()
	memory := state.NewMemory(90)
	memory.Tick(24 * 20_000)
	require.True(t, memory.Add(state.KeyOf("a")))
	require.False(t, memory.Add(state.KeyOf("a")))
	memory.Tick(24*20_090 + 23)
	require.False(t, memory.Add(state.KeyOf("a")), "90 days ago")
	require.True(t, memory.Add(state.KeyOf("b")))
	require.Equal(t, []int64{20_000, 20_090}, memory.Days())
	memory.Tick(24 * 20_091)
	require.Equal(t, 1, memory.Len())
	require.True(t, memory.Add(state.KeyOf("a")))
	memory.Tick(24 * 5_000_000)
	require.Zero(t, memory.Len())
	require.Empty(t, memory.Days())
}

// A day that is over can be kept by itself: it does not change any more.
func TestMemory_ADayThatIsOverStaysAsItIs(t *testing.T) {
	t.Parallel()
	memory := state.NewMemory(90)
	days := map[int64]string{}
	for day := int64(20_000); day < 20_030; day++ {
		memory.Tick(24 * day)
		for i := range 100 {
			memory.Add(state.KeyOf(strconv.Itoa(int(day)), strconv.Itoa(i)))
		}
		if day > 20_000 {
			days[day-1] = string(memory.AppendDay(nil, day-1))
		}
	}
	for day, want := range days {
		require.Len(t, want, 100*16+4)
		require.Equal(t, want, string(memory.AppendDay(nil, day)))
	}
	require.Empty(t, memory.AppendDay(nil, 19_999))
}
