package bus_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
)

func TestDeadLetterOf_TellsWhatWasKept(t *testing.T) {
	b := bustest.New(t)
	require.NoError(t, b.PublishDead(t.Context(), bus.DeadLetter{
		Area: "router", Reason: "undecodable", Detail: "es fehlt: 100% — der Anfang", ID: "SIGNALBOX_EVENTS-7",
		Stream: bus.StreamEvents, Sequence: 7, Subject: "signalbox.event.x y", Header: nats.Header{"ce-id": {"a", "b"}},
		Data: []byte{0xff, 1},
	}))
	letter := bus.DeadLetterOf(letterOn(t, b))
	require.Equal(t, "1", letter.GetId())
	require.WithinDuration(t, time.Now(), letter.GetTime().AsTime(), time.Minute)
	require.Equal(t, "router", letter.GetArea())
	require.Equal(t, "undecodable", letter.GetReason())
	require.Equal(t, "es fehlt: 100% — der Anfang", letter.GetDetail())
	require.Equal(t, "signalbox.event.x y", letter.GetSubject())
	require.Equal(t, bus.StreamEvents, letter.GetStream())
	require.EqualValues(t, 7, letter.GetSequence())
	require.Equal(t, map[string]string{"ce-id": "a"}, letter.GetHeader())
	require.Equal(t, []byte{0xff, 1}, letter.GetData())
}

// Anybody on the bus can publish below signalbox.dead: it must be possible to
// show that too.
func TestDeadLetterOf_ReadsWhatOthersPutThere(t *testing.T) {
	for subject, want := range map[string][2]string{
		"signalbox.dead.x":      {"x", ""},
		"signalbox.dead.x.y.z":  {"x", "y.z"},
		"signalbox.dead.\xff.y": {"\uFFFD", "y"},
	} {
		letter := bus.DeadLetterOf(&jetstream.RawStreamMsg{Subject: subject, Sequence: 3, Header: nats.Header{
			bus.HeaderDeadDetail: {"%zz \xff"}, bus.HeaderDeadSequence: {"-1"}, "Foo": {}, "B\xff": {"\xff"},
		}})
		require.Equal(t, want, [2]string{letter.GetArea(), letter.GetReason()})
		require.Equal(t, "%zz \uFFFD", letter.GetDetail())
		require.Zero(t, letter.GetSequence())
		require.Equal(t, map[string]string{"B\uFFFD": "\uFFFD"}, letter.GetHeader())
		_, err := proto.Marshal(letter)
		require.NoError(t, err)
	}
}
