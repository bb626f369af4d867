package router_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

// The engine hears that a lease ended before its time.
func TestReleaseLease_IsHeardOf(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	p := r.start(r.bus)
	p.awaitReady()
	r.publish(r.feedback("f1", "17", 1))
	until(t, "it is paused", func() bool { return r.pause().GetState() == actionv1.State_STATE_DONE })
	require.True(t, r.isPaused("before"))
	server := router.NewServer(p.Router)
	id := r.lease().GetId()
	answer, err := server.ReleaseLease(t.Context(), &routerv1.ReleaseLeaseRequest{LeaseId: id, By: "ann", Reason: "over"})
	require.NoError(t, err)
	require.Equal(t, "ann", answer.GetLease().GetReleasedBy())
	asked := 0
	until(t, "the engine has heard of it", func() bool {
		asked++
		return !r.isPaused(fmt.Sprint("after", asked))
	})
	require.Equal(t, []string{"pause 17", "resume 17"}, r.vendor.done())
	require.Contains(t, r.ends(), "alert:17 1 false", "before its time")

	_, err = server.ReleaseLease(t.Context(), &routerv1.ReleaseLeaseRequest{LeaseId: id, By: "ann"})
	require.Equal(t, "LEASE_NOT_ACTIVE", rpc.Reason(err))
	for _, req := range []*routerv1.ReleaseLeaseRequest{{By: "ann"}, {LeaseId: id}} {
		_, err = server.ReleaseLease(t.Context(), req)
		require.Equal(t, "INVALID_FIELD", rpc.Reason(err))
	}
}

// lease returns the lease of the only pause.
func (r *rig) lease() *actionv1.Lease {
	r.t.Helper()
	until(r.t, "the lease is told of", func() bool { return len(r.messages(bus.StreamActions, "signalbox.lease.")) > 0 })
	messages := r.messages(bus.StreamActions, "signalbox.lease.")
	l, err := bus.DecodeLease(messages[0].Header, messages[0].Data)
	require.NoError(r.t, err)
	return l
}
