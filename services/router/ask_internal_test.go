package router

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// stored is a message as the stream holds it.
type stored struct {
	jetstream.Msg
	header nats.Header
	data   []byte
	place  uint64
	at     time.Time
}

func (s stored) Metadata() (*jetstream.MsgMetadata, error) {
	return &jetstream.MsgMetadata{Sequence: jetstream.SequencePair{Consumer: s.place, Stream: s.place}, Timestamp: s.at}, nil
}
func (s stored) Headers() nats.Header { return s.header }
func (s stored) Data() []byte         { return s.data }

// headers are those that a message may come with, the usual ones first.
func headers() []nats.Header {
	var list []nats.Header
	for _, contentType := range []string{bus.ContentProtobuf, bus.ContentProtobuf, bus.ContentJSON, "text/plain", ""} {
		list = append(list, nats.Header{"ce-id": {"1"}, "ce-specversion": {"1.0"}, "ce-datacontenttype": {contentType}})
	}
	return append(list, nats.Header{"ce-id": {"1"}, "ce-specversion": {"1.0"}, "content-type": {bus.ContentProtobuf}},
		nats.Header{"content-type": {bus.ContentProtobuf}}, nil)
}

// randomData is an event of either encoding, every second one damaged.
func randomData(t *testing.T, g *rand.Rand, at time.Time, header nats.Header) []byte {
	t.Helper()
	e := &eventv1.Event{
		Id: strconv.Itoa(g.IntN(400)), Source: "s", Entity: strconv.Itoa(g.IntN(3)), Title: "über",
		OccurredAt: timestamppb.New(at.Add(-time.Duration(g.IntN(90)) * time.Minute)), ObservedAt: timestamppb.New(at),
		Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{Score: g.Float64()}},
	}
	if g.IntN(2) == 0 {
		e.Payload = &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{Measures: map[string]float64{"a": 1}}}
	}
	encode := proto.Marshal
	if header.Get("ce-datacontenttype") == bus.ContentJSON {
		encode = protojson.Marshal
	}
	data, err := encode(e)
	require.NoError(t, err)
	switch i := g.IntN(len(data)); g.IntN(8) {
	case 0:
		data[i] ^= 1 << g.IntN(8)
	case 1:
		return data[:i]
	case 2:
		return slices.Delete(data, i, i+1)
	case 3:
		return nil
	}
	return data
}

// Messages are judged and refused as they are where each is decoded first: the
// same outputs, and the same words in dead letters.
func TestAsk_IsAsIfEveryMessageWereDecoded(t *testing.T) {
	t.Parallel()
	l := bucketed(t).loop
	decoding := engine.New(l.rules.Set, l.settings)
	r, g, now := newReader(), rand.New(rand.NewPCG(3, 5)), time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	judged, refused := 0, 0
	for i := uint64(1); i <= 3000; i++ {
		now = now.Add(time.Duration(g.IntN(60)) * time.Second)
		msg := stored{header: headers()[g.IntN(len(headers()))], place: i, at: now}
		msg.data = randomData(t, g, now, msg.header)
		r.accept(msg)
		items, err := r.take(t.Context(), 0, nil)
		require.NoError(t, err)
		require.Len(t, items, 1)
		got := l.ask(&items[0])
		e, fault := bus.DecodeEvent(msg.header, msg.data)
		if fault != nil {
			require.EqualError(t, items[0].fault, fault.Error())
			require.Empty(t, got)
			refused++
			continue
		}
		require.NoError(t, items[0].fault)
		require.Equal(t, e.GetId(), items[0].head.ID)
		requireSameOutputs(t, decoding.Event(engine.Input{Event: e, Sequence: i, Time: now}), got)
		judged++
	}
	require.Greater(t, judged, 500)
	require.Greater(t, refused, 500)
	require.Equal(t, decoding.Stats(), l.engine.Stats())
	require.Positive(t, l.engine.Stats().Late)
}

func requireSameOutputs(t *testing.T, want, got []engine.Output) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		require.True(t, proto.Equal(want[i].Decision, got[i].Decision), "%v and %v", want[i].Decision, got[i].Decision)
	}
}
