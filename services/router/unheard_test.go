package router_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

// deaf is a bus that refuses what people say, for good.
type deaf struct{ *bus.Bus }

func (d deaf) PublishInput(ctx context.Context, id string, in *routerv1.Input, after uint64) (uint64, error) {
	if in.GetApproval() != nil || in.GetRetry() != nil {
		return 0, fmt.Errorf("record input: %w", nats.ErrMaxPayload)
	}
	return d.Bus.PublishInput(ctx, id, in, after)
}

// A word that cannot be recorded ends the action, at once: a replay would not know
// of it.
func TestApproveAction_RefusesWhatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	r := newRig(t, suggestsPause)
	p := r.start(deaf{r.bus})
	p.awaitReady()
	r.publish(r.feedback("v1", "17", 1))
	until(t, "a pause is suggested", func() bool { return len(r.suggested()) == 1 })
	id := r.suggested()[0].GetId()
	require.Contains(t, r.suggested()[0].GetDetail(), "may be approved until ")
	_, err := router.NewServer(p.Router).ApproveAction(t.Context(), &routerv1.ApproveActionRequest{ActionId: id, By: "ann"})
	require.ErrorContains(t, err, "that it was asked for cannot be recorded")
	require.Equal(t, "STATE_REFUSED", r.pause().GetState().String())
	err = p.retry(id, "ann")
	require.ErrorContains(t, err, "that it was asked for cannot be recorded")
	require.Empty(t, r.vendor.done())
}
