package router

import (
	"testing"

	"github.com/stretchr/testify/require"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// A stop that waits to be recorded is not undone by what is recorded before it, as
// the loop's comparison after a start.
func TestStopper_AStopThatWaitsHolds(t *testing.T) {
	t.Parallel()
	hand := &routerv1.StopSwitch{ByHand: &routerv1.Stop{By: "ann"}}
	s := &stopper{}
	s.ask(true)
	s.set(&routerv1.StopSwitch{}, true)
	require.True(t, s.isAskedFor())
	s.set(hand, true)
	require.False(t, s.isAskedFor())
	require.Equal(t, 1, s.isStopped())
	s.set(&routerv1.StopSwitch{}, true)
	require.Zero(t, s.isStopped())
}
