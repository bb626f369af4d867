package state_test

import (
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
	require.True(t, memory.Has(state.KeyOf("a")))
	require.False(t, memory.Has(state.KeyOf("c")))
	memory.Tick(24 * 20_091)
	require.Equal(t, 1, memory.Len())
	require.False(t, memory.Has(state.KeyOf("a")))
	require.True(t, memory.Add(state.KeyOf("a")))
	memory.Tick(24 * 5_000_000)
	require.Zero(t, memory.Len())
	require.False(t, memory.Has(state.KeyOf("a")))
}
