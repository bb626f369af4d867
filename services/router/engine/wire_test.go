package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// twins judge the same bytes: one as a message, as whoever decodes them gives
// it, the other one straight from the wire.
type twins struct{ message, wire *engine.Engine }

func newTwins(set *rule.Set, settings engine.Settings) twins {
	return twins{message: engine.New(set, settings), wire: engine.New(set, settings)}
}

// judge reports whether the bytes hold an event. Both engines agree on that, on
// every output and on what they know of the event.
func (w twins) judge(tb tester, in engine.Input) bool {
	tb.Helper()
	e := &eventv1.Event{}
	fault := proto.Unmarshal(in.Wire, e)
	if fault == nil {
		fault = event.Validate(e)
	}
	got, err := w.wire.Wire(in)
	require.Equal(tb, fault == nil, err == nil, "%x: %v, %v", in.Wire, fault, err)
	if fault != nil {
		require.Empty(tb, got)
		return false
	}
	want := w.message.Event(engine.Input{Event: e, Sequence: in.Sequence, Time: in.Time})
	require.Equal(tb, words(want), words(got))
	require.Equal(tb, marshal(tb, want), marshal(tb, got))
	require.Equal(tb, w.message.Header(), w.wire.Header())
	require.Equal(tb, e.GetId(), w.wire.Header().ID)
	return true
}

// end lets everything that waits be judged and compares what is left.
func (w twins) end(tb tester) {
	tb.Helper()
	require.Equal(tb, w.message.Stats(), w.wire.Stats())
	want, err := w.message.Snapshot()
	require.NoError(tb, err)
	got, err := w.wire.Snapshot()
	require.NoError(tb, err)
	require.Equal(tb, want, got)
	later := monday.AddDate(1, 0, 0)
	require.Equal(tb, marshal(tb, w.message.Advance(later)), marshal(tb, w.wire.Advance(later)))
}

func TestProperty_BytesAreJudgedAsMessages(t *testing.T) {
	t.Parallel()
	// Of the second set most events meet no condition, and are read by nobody.
	sets := []*rule.Set{load(t, modelRules(true)), load(t, ruleOf("on: [traffic]\nwhen: event.title == 'high'\nkey: [event.entity]\ncooldown: 3m"))}
	judged, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		settings := propertySettings()
		settings.Reorder = time.Duration(rapid.SampledFrom([]int{0, 0, 4, 12}).Draw(t, "reorder")) * time.Minute
		w := newTwins(rapid.SampledFrom(sets).Draw(t, "set"), settings)
		for _, in := range drawInputs(t) {
			in.Wire = damaged(t, wireOf(t, in.Event))
			in.Event = nil
			if w.judge(t, in) {
				judged++
			} else {
				refused++
			}
		}
		w.end(t)
	})
	t.Logf("%d judged, %d refused", judged, refused)
	require.Positive(t, judged)
	require.Positive(t, refused)
}

func wireOf(tb tester, e *eventv1.Event) []byte {
	tb.Helper()
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(e)
	require.NoError(tb, err)
	return data
}

// damaged leaves most bytes as they are, and cuts, flips or doubles the others.
func damaged(t *rapid.T, data []byte) []byte {
	data = slices.Clone(data)
	at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
	switch rapid.SampledFrom([]string{"", "", "", "flip", "cut", "drop", "double"}).Draw(t, "damage") {
	case "flip":
		data[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
	case "cut":
		data = data[:at]
	case "drop":
		data = slices.Delete(data, at, at+1)
	case "double":
		data = slices.Concat(data, data)
	}
	return data
}

func TestWire_RefusedBytesDoNotMoveTheClock(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m, wait: 2m}]")), hourLate())
	good := wireOf(t, anomaly("a", "10:00", seen("10:00")))
	out, err := e.Wire(engine.Input{Wire: good, Time: at("10:00")})
	require.NoError(t, err)
	require.Empty(t, out)
	for _, bad := range [][]byte{nil, []byte("no event"), good[:len(good)-1], wireOf(t, &eventv1.Event{Id: "a"})} {
		out, err = e.Wire(engine.Input{Wire: bad, Time: at("10:30")})
		require.Error(t, err)
		require.Empty(t, out)
	}
	due, waits := e.Next()
	require.True(t, waits)
	require.Equal(t, at("10:02"), due)
	require.EqualValues(t, 1, e.Stats().Events)
}

// FuzzWire puts any bytes among good events.
func FuzzWire(f *testing.F) {
	set, settings := load(f, modelRules(true)), propertySettings()
	settings.Reorder = 4 * time.Minute
	good := []*eventv1.Event{
		traffic("t", "10:00", seen("10:00"), entity("x")), anomaly("a", "10:01", seen("10:01"), entity("x"), alert("p"), title("high")),
		feedback("f", "10:02", seen("10:02"), entity("x"), alert("p")), anomaly("late", "09:00", seen("10:03"), alert("q")),
	}
	for _, e := range good {
		f.Add(wireOf(f, e))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w := newTwins(set, settings)
		for i, e := range good {
			now := monday.Add(10*time.Hour + time.Duration(i)*time.Minute)
			require.True(t, w.judge(t, engine.Input{Wire: wireOf(t, e), Sequence: uint64(2 * i), Time: now}))
			w.judge(t, engine.Input{Wire: data, Sequence: uint64(2*i + 1), Time: now})
		}
		w.end(t)
	})
}
