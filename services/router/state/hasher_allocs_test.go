//go:build !race

package state_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// The race detector lets the digest's binary form allocate.
func TestHasher_AllocatesNothing(t *testing.T) { //nolint:paralleltest // it counts allocations
	h, parts := state.NewHasher(), []string{"alert", "campaign-3f2a9c-1000000"}
	require.Zero(t, testing.AllocsPerRun(100, func() { h.Of(parts...) }))
}
