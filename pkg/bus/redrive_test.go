package bus_test

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	deadv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/dead/v1"
)

func TestMarkRedriven_OnceForEachLetter(t *testing.T) {
	b := bustest.New(t)
	require.NoError(t, b.PublishDead(t.Context(), bus.DeadLetter{Area: "router", Reason: "failed", ID: "a"}))
	dead, err := b.JetStream().Stream(t.Context(), bus.StreamDead)
	require.NoError(t, err)
	mark, err := bus.RedriveOf(t.Context(), dead, "1")
	require.NoError(t, err)
	require.Nil(t, mark)

	first := &deadv1.Redrive{Time: timestamppb.Now(), By: "ann", Detail: "done"}
	require.NoError(t, b.MarkRedriven(t.Context(), "1", first))
	require.ErrorIs(t, b.MarkRedriven(t.Context(), "1", &deadv1.Redrive{By: "bob"}), bus.ErrRedriven)
	require.NoError(t, b.MarkRedriven(t.Context(), "2", &deadv1.Redrive{By: "bob"}), "another letter")
	mark, err = bus.RedriveOf(t.Context(), dead, "1")
	require.NoError(t, err)
	require.Equal(t, "ann", mark.GetBy())
	msg, err := dead.GetMsg(t.Context(), 2)
	require.NoError(t, err)
	require.True(t, bus.IsRedriveMark(msg.Subject))
	msg, err = dead.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	require.False(t, bus.IsRedriveMark(msg.Subject))
}

func TestMayHoldEvent(t *testing.T) {
	for msgID, want := range map[string]bool{
		"a-1": true, "redrive-12-a-1": true, "redrive-a-1": false, "12-a-1": false, "redrive-12-b-a-1": false, "": false,
	} {
		require.Equal(t, want, bus.MayHoldEvent(nats.Header{nats.MsgIdHdr: {msgID}}, "a-1"), msgID)
	}
}
