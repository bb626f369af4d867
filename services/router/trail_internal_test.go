package router

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// An input that is recorded after an event which the follower does not know of yet is
// not lost on it: it is taken when the event is.
func TestTrail_TakesLaterWhatIsRecordedMeanwhile(t *testing.T) {
	t.Parallel()
	l := bucketed(t).loop
	l.isTrailing = true
	publish := func(n int) {
		t.Helper()
		at := timestamppb.New(time.Now())
		require.NoError(t, l.bus.RepublishEvent(t.Context(), &eventv1.Event{
			Id: fmt.Sprintf("e%d", n), Source: "s", Entity: "x", Vendor: eventv1.Vendor_VENDOR_ANODOT, OccurredAt: at, ObservedAt: at,
			Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{}},
		}, "1"))
	}
	publish(1)
	stream, err := findStream(t.Context(), l.bus.JetStream(), bus.StreamEvents)
	require.NoError(t, err)

	publish(2)
	_, err = l.bus.PublishInput(t.Context(), "stop", &routerv1.Input{
		AfterSequence: 2,
		Content:       &routerv1.Input_StopSwitch{StopSwitch: &routerv1.StopSwitch{ByHand: &routerv1.Stop{By: "ann", At: timestamppb.Now()}}},
	}, 0)
	require.NoError(t, err)
	require.NoError(t, l.trailTo(t.Context(), stream, judgedUpTo{Sequence: 1}))
	require.EqualValues(t, 1, l.position.Sequence)
	require.Nil(t, l.engine.StopSwitch())

	stream, err = findStream(t.Context(), l.bus.JetStream(), bus.StreamEvents)
	require.NoError(t, err)
	require.NoError(t, l.trailTo(t.Context(), stream, judgedUpTo{Sequence: 2, Inputs: position{Sequence: 1}}))
	require.EqualValues(t, 2, l.position.Sequence)
	require.Equal(t, "ann", l.engine.StopSwitch().GetByHand().GetBy())
}
