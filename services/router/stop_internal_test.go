package router

import (
	"context"
	"testing"
	"time"

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

// awaitOffers waits until so many inputs wait to be taken.
func awaitOffers(t *testing.T, r *Router, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return r.inputs.waiting() == n }, 90*time.Second, time.Millisecond)
}

// What somebody asks for before the switch of former processes was read does not
// undo what the configuration says.
func TestStartActions_LeavesTheConfigurationsStopHoweverEarlyItComes(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	r.stop.isConfigured = true
	answers := make(chan *routerv1.StopSwitch, 1)
	go func() {
		stands, _ := r.StartActions(t.Context(), "bob")
		answers <- stands
	}()
	awaitOffers(t, r, 1)
	stream, err := findStream(t.Context(), r.opts.Bus.JetStream(), "SIGNALBOX_EVENTS")
	require.NoError(t, err)
	require.NoError(t, r.loop.openInputs(t.Context(), stream.CachedInfo()))
	require.NoError(t, r.loop.takeInputs(t.Context(), time.Now()))
	require.NotNil(t, (<-answers).GetByConfiguration())
	require.NotNil(t, r.loop.engine.StopSwitch().GetByConfiguration())
	require.Equal(t, 1, r.stop.isStopped())
}

// Who stops actions that are stopped, while a start waits to be taken, has them
// stopped after it. Otherwise the first stop stands.
func TestStopActions_StopsAfterAStartThatWaits(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	stream, err := findStream(t.Context(), r.opts.Bus.JetStream(), "SIGNALBOX_EVENTS")
	require.NoError(t, err)
	require.NoError(t, r.loop.openInputs(t.Context(), stream.CachedInfo()))
	ask := func(n int, do func() error) {
		t.Helper()
		ended := make(chan error, 1)
		go func() { ended <- do() }()
		t.Cleanup(func() { require.NoError(t, <-ended) })
		awaitOffers(t, r, n)
	}
	stop := func(by string) func() error {
		return func() error { _, err := r.StopActions(t.Context(), by, ""); return err }
	}
	ask(1, stop("ann"))
	ask(2, stop("cat"))
	require.NoError(t, r.loop.takeInputs(t.Context(), time.Now()))
	require.Equal(t, "ann", r.loop.engine.StopSwitch().GetByHand().GetBy())
	ask(1, func() error { _, err := r.StartActions(t.Context(), "bob"); return err })
	ask(2, stop("dan"))
	require.NoError(t, r.loop.takeInputs(t.Context(), time.Now()))
	require.Equal(t, "dan", r.loop.engine.StopSwitch().GetByHand().GetBy())
	require.Equal(t, 1, r.stop.isStopped())
}

// Who waits for a router that stops deciding hears of it, and what is stopped stays
// stopped there.
func TestStopActions_OfARouterThatEnds(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	said := make(chan error, 1)
	go func() {
		_, err := r.StopActions(t.Context(), "ann", "")
		said <- err
	}()
	awaitOffers(t, r, 1)
	r.inputs.close(errEnded)
	require.ErrorIs(t, <-said, errEnded)
	_, err := r.StopActions(t.Context(), "ann", "")
	require.ErrorIs(t, err, errEnded)
	require.True(t, r.stop.isAskedFor())
	require.NoError(t, r.inputs.add(offer{input: inventoryInput("a", "1")}), "what nobody waits for is dropped")
	require.Zero(t, r.inputs.waiting())
}

// A process that starts goes by the last record before it knows what the snapshot
// says, so the record of a stop that stands must not leave the stream.
func TestPurge_KeepsTheRecordOfAStop(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	r.purgeEvery = time.Millisecond
	stream, err := findStream(t.Context(), r.opts.Bus.JetStream(), "SIGNALBOX_EVENTS")
	require.NoError(t, err)
	require.NoError(t, r.loop.openInputs(t.Context(), stream.CachedInfo()))
	purging, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.purge(purging)
	}()
	defer func() { stop(); <-ended }()
	take := func() {
		t.Helper()
		require.NoError(t, r.loop.takeInputs(t.Context(), time.Now()))
	}
	take()
	require.Zero(t, r.loop.recorded.end, "nothing is stopped")
	hand := &routerv1.StopSwitch{ByHand: &routerv1.Stop{By: "ann", Reason: "fire"}}
	require.NoError(t, r.inputs.add(offer{input: &routerv1.Input{Content: &routerv1.Input_StopSwitch{StopSwitch: hand}}}))
	take()
	require.Eventually(t, func() bool { take(); return r.loop.recorded.end >= 2 }, 90*time.Second, time.Millisecond)
	last, err := r.lastStop(t.Context())
	require.NoError(t, err)
	require.Equal(t, "fire", last.GetByHand().GetReason())
	require.Equal(t, 1, r.stop.isStopped())
}
