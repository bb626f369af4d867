package match

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// everything is an index whose conditions read two labels and two measures.
func everything(tb testing.TB) *Index {
	tb.Helper()
	var list []Condition
	for _, text := range []string{
		`labels.a == "x"`, `labels[""] == "x"`, `traffic.measures.a > 1`, `traffic.measures[""] > 1`,
		`traffic.measures.a / traffic.measures.b > 1`,
	} {
		program, err := expr.Rule(text, expr.Bool)
		require.NoError(tb, err)
		list = append(list, Condition{Program: program})
	}
	index, err := New(list)
	require.NoError(tb, err)
	return index
}

// requireSameSlots reads the bytes and compares with what Unmarshal makes of
// them.
func requireSameSlots(t *testing.T, wire, message *Matcher, data []byte) {
	t.Helper()
	e := &eventv1.Event{}
	want := proto.Unmarshal(data, e)
	got := wire.ReadWire(data)
	require.Equal(t, want == nil, got == nil, "%x: %v, %v", data, want, got)
	if want != nil {
		return
	}
	message.Read(e)
	require.Equal(t, message.kind, wire.kind)
	for i := range message.values {
		a, b := message.values[i], wire.values[i]
		require.Equal(t, a.present, b.present, "slot %d of %v", i, e)
		if a.present {
			require.Equal(t, a.text, b.text, "slot %d of %v", i, e)
			require.Equal(t, math.Float64bits(a.number), math.Float64bits(b.number), "slot %d of %v", i, e)
		}
	}
	require.Equal(t, message.Header(), wire.Header())
	require.Equal(t, event.Validate(e), wire.Validate())
	lazy, err := wire.Event()
	require.NoError(t, err)
	again, err := proto.MarshalOptions{Deterministic: true}.Marshal(lazy)
	require.NoError(t, err)
	before, err := proto.MarshalOptions{Deterministic: true}.Marshal(e)
	require.NoError(t, err)
	require.Equal(t, before, again)
}

// seeds are bytes of every usual and unusual form.
func seeds(tb testing.TB) map[string][]byte {
	tb.Helper()
	marshal := func(e *eventv1.Event) []byte {
		data, err := proto.MarshalOptions{Deterministic: true}.Marshal(e)
		require.NoError(tb, err)
		return data
	}
	envelope := marshal(&eventv1.Event{
		Id: "i", Source: "s", Vendor: 3, NativeId: "n", OccurredAt: &timestamppb.Timestamp{Seconds: 5, Nanos: -6},
		ObservedAt: &timestamppb.Timestamp{}, Entity: "e", Severity: -1, Labels: map[string]string{"a": "x", "": "y"},
		Title: "ü", Url: "u", Raw: "r",
	})
	anomaly := marshal(&eventv1.Event{Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{
		Metric: "m", AlertId: "a", AnomalyId: "i", Detector: "d", Score: math.NaN(), Value: 2,
		ExpectedLower: proto.Float64(0), ExpectedUpper: proto.Float64(1), Direction: 1, Phase: 2,
		StartedAt: &timestamppb.Timestamp{Seconds: 1}, EndedAt: &timestamppb.Timestamp{Seconds: 2},
	}}})
	feedback := marshal(&eventv1.Event{Payload: &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{
		Verdict: 2, Comment: "c", User: "u", AlertId: "a", AlertTitle: "t", AnomalyId: "i",
	}}})
	traffic := marshal(&eventv1.Event{Payload: &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{
		WindowStart: &timestamppb.Timestamp{}, WindowEnd: &timestamppb.Timestamp{Seconds: 7},
		Measures: map[string]float64{"a": 1e300, "": -0.5},
	}}})
	field := func(number protowire.Number, body ...byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), body)
	}
	join := func(parts ...[]byte) []byte {
		var all []byte
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	return map[string][]byte{
		"empty": nil, "envelope": envelope, "anomaly": join(envelope, anomaly), "feedback": join(envelope, feedback),
		"traffic":               join(envelope, traffic),
		"twice":                 join(envelope, traffic, envelope, traffic),
		"merged times":          join(field(5, 0x08, 1), field(5, 0x10, 2)),
		"merged payload":        join(field(12, 0x0a, 1, 'a'), field(12, 0x12, 1, 'b')),
		"two payloads":          join(anomaly, feedback),
		"back to the first":     join(anomaly, feedback, anomaly),
		"empty payload":         field(14),
		"no key":                field(9, 0x12, 1, 'v'),
		"no value":              field(9, 0x0a, 1, 'a'),
		"key twice":             field(9, 0x0a, 1, 'a', 0x0a, 0, 0x12, 1, 'v'),
		"label twice":           join(field(9, 0x0a, 1, 'a', 0x12, 1, 'v'), field(9, 0x0a, 1, 'a', 0x12, 1, 'w')),
		"unknown in a label":    field(9, 0x0a, 1, 'a', 0x18, 1),
		"unknown fields":        join([]byte{0x80, 0x01, 1}, field(17, 1, 2), []byte{0x91, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0x9d, 0x01, 0, 0, 0, 0}),
		"unknown group":         {0x83, 0x01, 0x84, 0x01},
		"open group":            {0x83, 0x01},
		"end of no group":       {0x84, 0x01},
		"known as another type": {0x08, 1},
		"field 0":               {0x02, 0},
		"wire type 6":           {0x0e},
		"tag too large":         {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
		"long tag":              {0x8a, 0x80, 0x00, 1, 'x'},
		"long enum":             {0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
		"wrong UTF-8":           field(1, 0xff),
		"wrong UTF-8 in a key":  field(9, 0x0a, 1, 0xff),
		"wrong UTF-8 unseen":    field(9, 0x0a, 1, 'q', 0x12, 1, 0xff),
		"cut off":               envelope[:len(envelope)-1],
		"length beyond the end": {0x0a, 0xff, 0x7f},
		"endless varint":        {0x18, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01},
	}
}

func TestReadWire_EqualsUnmarshal(t *testing.T) {
	t.Parallel()
	for name, data := range seeds(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			index := everything(t)
			requireSameSlots(t, NewMatcher(index), NewMatcher(index), data)
		})
	}
}

// TestReadWire_DamagedBytes changes, cuts and joins good bytes at random.
func TestReadWire_DamagedBytes(t *testing.T) {
	t.Parallel()
	index := everything(t)
	wire, message := NewMatcher(index), NewMatcher(index)
	list := seeds(t)
	names := sortedKeys(list)
	g := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		data := append([]byte(nil), list[names[g.IntN(len(names))]]...)
		data = append(data, list[names[g.IntN(len(names))]]...)
		for range g.IntN(4) {
			if len(data) == 0 {
				break
			}
			switch at := g.IntN(len(data)); g.IntN(3) {
			case 0:
				data[at] ^= 1 << g.IntN(8)
			case 1:
				data = data[:at]
			default:
				data = append(data[:at], data[at+1:]...)
			}
		}
		requireSameSlots(t, wire, message, data)
	}
}

// TestReadWire_UsualBytesAllocateNothing also shows that the usual forms are
// not left to Unmarshal.
func TestReadWire_UsualBytesAllocateNothing(t *testing.T) {
	t.Parallel()
	list, index := seeds(t), everything(t)
	for _, name := range []string{"empty", "envelope", "anomaly", "feedback", "traffic", "unknown fields", "label twice"} {
		m := NewMatcher(index)
		require.True(t, m.readWire(list[name]), name)
	}
}

// FuzzWire compares the reader with Unmarshal on any bytes.
func FuzzWire(f *testing.F) {
	for _, data := range seeds(f) {
		f.Add(data)
	}
	index := everything(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		requireSameSlots(t, NewMatcher(index), NewMatcher(index), data)
	})
}
