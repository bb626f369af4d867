package router

import (
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// An input does not wait until all that is read ahead is judged.
func TestDecide_GivesInputsTheirTurn(t *testing.T) {
	t.Parallel()
	l, now := bucketed(t).loop, time.Now().Truncate(time.Second)
	batch := make([]item, aheadMessages)
	for i := range batch {
		at := timestamppb.New(now)
		data, err := proto.Marshal(&eventv1.Event{
			Id: strconv.Itoa(i), Source: "s", Entity: "x", OccurredAt: at, ObservedAt: at,
			Payload: &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{Measures: map[string]float64{"a": 1}}},
		})
		require.NoError(t, err)
		header := nats.Header{"ce-id": {"1"}, "ce-specversion": {"1.0"}, "ce-datacontenttype": {bus.ContentProtobuf}}
		batch[i] = item{msg: stored{header: header, data: data}, sequence: uint64(i + 1), stored: now}
	}
	in := &routerv1.Input{Content: &routerv1.Input_Inventory{Inventory: &routerv1.Inventory{Source: "s"}}}
	offered := &prompting{stored: batch[0].msg.(stored), offer: func() { require.NoError(t, l.inputs.add(offer{input: in})) }}
	batch[batchMessages/2].msg = offered
	require.NoError(t, l.decide(t.Context(), t.Context(), batch))
	require.EqualValues(t, aheadMessages, l.position.Sequence)
	require.EqualValues(t, batchMessages, in.GetAfterSequence())
	require.NotNil(t, in.GetTakenAt())
}

// prompting is a message at which something happens when it is read.
type prompting struct {
	stored
	offer func()
}

func (o *prompting) Data() []byte {
	if o.offer != nil {
		o.offer()
		o.offer = nil
	}
	return o.stored.Data()
}
