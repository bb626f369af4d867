package eventfile_test

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/backtest/eventfile"
)

// lines are what a decoder stumbles over.
func lines() []string {
	head := `{"id":"a","source":"anodot-prod","occurredAt":"2026-01-02T03:04:05Z","feedback":{}`
	var all []string
	for _, more := range []string{
		``, ` `, `,"id":"b"`, `,"native_id":"a","nativeId":"b"`, `,"vendor":"VENDOR_ANODOT"`, `,"vendor":1`, `,"vendor":"ANODOT"`,
		`,"vendor":null`, `,"feedback":{}`, `,"anomaly":{}`, `,"anomaly":null`, `,"labels":{}`, `,"labels":{"a":"b","a":"c"}`,
		`,"labels":{"a":1}`, `,"labels":{"a":null}`, `,"labels":{"ä":"ü"}`, `,"labels":{"a\n":"b"}`, `,"labels":[]`, `,"unknown":1`, `,`,
		`,"title":"a\"\\\/\b\f\n\r\tz"`, `,"title":"ü\u00fc"`, `,"title":"\ud83d\ude00"`, `,"title":"\ud83d"`, `,"title":"\x"`,
		",\"title\":\"\x01\"", ",\"title\":\"\xff\"", ",\"title\":\"\xff\\n\"", `,"title":"`, `,"title":"\`, `,"title":`, `,"title":1`,
		`,"observedAt":"2026-01-02T03:04:05.123456789Z"`, `,"observedAt":"2026-01-02T03:04:05.1234567891Z"`,
		`,"observedAt":"2026-01-02T03:04:05.Z"`, `,"observedAt":"2026-01-02T03:04:05+01:00"`, `,"observedAt":"2026-01-02T03:04:05z"`,
		`,"observedAt":"2026-01-02t03:04:05Z"`, `,"observedAt":"2026-02-29T03:04:05Z"`, `,"observedAt":"2024-02-29T03:04:05Z"`,
		`,"observedAt":"2026-01-02T24:00:00Z"`, `,"observedAt":"2026-01-02T23:59:60Z"`, `,"observedAt":"0000-01-01T00:00:00Z"`,
		`,"observedAt":"0001-01-01T00:00:00Z"`, `,"observedAt":"9999-12-31T23:59:59.999999999Z"`, `,"observedAt":"1969-12-31T23:59:59.5Z"`,
		`,"observedAt":"2026-1-2T03:04:05Z"`, `,"observedAt":"2026-01-02T03:04:05,5Z"`, `,"observedAt":null`, `,"observedAt":""`,
		`,"observedAt":"2026-00-01T00:00:00Z"`, `,"observedAt":"2026-04-31T00:00:00Z"`, `,"observed_at":"2026-04-30T00:00:00Z"`,
		`}`, `},{}`, `,"\u0069d":"x"`, `,"title" : "a" , "url":"b"`,
	} {
		all = append(all, head+more+"}")
	}
	head = `{"id":"a","source":"anodot-prod","occurredAt":"2026-01-02T03:04:05Z","anomaly":{"score":`
	for _, n := range []string{
		`1`, `-1`, `0`, `-0`, `01`, `1.`, `.5`, `1.5`, `1e3`, `1E+3`, `1e-3`, `1e`, `1e400`, `-1e400`, `1e-400`, `+1`, `0x1`, `1_0`, `Infinity`, `NaN`,
		`"NaN"`, `"1"`, `"Infinity"`, `null`, `true`, `0.1`, `123456789012345678901234567890`, `4.9e-324`, `1 `, `1,"score":2`,
		`1,"expectedLower":0,"expected_upper":-0.5`, `1,"expectedLower":null`, `1,"phase":"PHASE_OPEN"`, `1,"phase":"OPEN"`, `1a`, ``,
	} {
		all = append(all, head+n+"}}")
	}
	return append(all, ``, `{`, `[]`, `null`, `"a"`, `{}`, `{"id":"a"}`, ` {"id":"a"} `, "\ufeff{}", strings.Repeat(`{"anomaly":`, 100),
		`{"id":"a","source":"s","occurredAt":"2026-01-02T03:04:05Z","traffic":{"measures":{"a":1,"b":-2.5e3}}}`,
		`{"id":"a","source":"s","occurredAt":"2026-01-02T03:04:05Z","traffic":{"measures":{"a":1,"a":2}}}`,
		`{"id":"a","source":"s","occurredAt":"2026-01-02T03:04:05Z","traffic":{"windowStart":"2026-01-02T03:04:05Z","window_end":"2026-01-02T03:05:05Z"}}`)
}

// requireSame requires that a line is read as protojson reads it.
func requireSame(t require.TestingT, line []byte) {
	want := &eventv1.Event{}
	err := protojson.Unmarshal(line, want)
	if err == nil {
		err = event.Validate(want)
	}
	got, gotErr := eventfile.Decode(line)
	require.Equal(t, err == nil, gotErr == nil, "%q: protojson says %v, decoding %v", line, err, gotErr)
	if err == nil {
		require.True(t, proto.Equal(want, got), "%q: want %v, got %v", line, want, got)
	}
}

func TestDecode_ReadsWhatProtojsonReads(t *testing.T) {
	t.Parallel()
	for _, line := range lines() {
		requireSame(t, []byte(line))
	}
}

// Protobuf quotes a value that it does not take; a line may be a few megabytes long.
func TestDecode_TellsShortlyOfLongValues(t *testing.T) {
	t.Parallel()
	for _, value := range []string{strings.Repeat("9", 1<<20), `"` + strings.Repeat("ä", 1<<20) + `"`} {
		_, err := eventfile.Decode([]byte(`{"id":"a","source":"s","occurredAt":"2026-01-02T03:04:05Z","anomaly":{"score":` + value + `}}`))
		require.ErrorContains(t, err, "invalid value for double field score: ")
		require.Less(t, len(err.Error()), 400)
		require.True(t, utf8.ValidString(err.Error()))
	}
}

// TestDecode_ReadsEveryField counts allocations and so runs alone.
func TestDecode_ReadsEveryField(t *testing.T) {
	at := timestamppb.New(time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC))
	e := &eventv1.Event{
		Id: "a", Source: "anomify-prod", Vendor: eventv1.Vendor_VENDOR_ANOMIFY, NativeId: "n", OccurredAt: at, ObservedAt: at, Entity: "e",
		Severity: eventv1.Severity_SEVERITY_HIGH, Labels: map[string]string{"site": "shop"}, Title: "t", Url: "u", Raw: `{"a":"\n"}`,
		Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{
			Metric: "m", AlertId: "1", AnomalyId: "2", Detector: "d", Score: 0.25, Value: math.MaxFloat64, ExpectedLower: new(-1.5),
			ExpectedUpper: new(float64), Direction: eventv1.Direction_DIRECTION_UP, Phase: eventv1.Phase_PHASE_OPEN, StartedAt: at, EndedAt: at,
		}},
	}
	feedback, traffic := proto.CloneOf(e), proto.CloneOf(e)
	feedback.Payload = &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{
		Verdict: eventv1.Verdict_VERDICT_GOOD_CATCH, Comment: "c", User: "u", AlertId: "1", AlertTitle: "t", AnomalyId: "2",
	}}
	traffic.Payload = &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{
		WindowStart: at, WindowEnd: at, Measures: map[string]float64{"invalid_ratio": 0.5, "requests": 12},
	}}
	for _, e := range []*eventv1.Event{e, feedback, traffic} {
		line, err := protojson.Marshal(e)
		require.NoError(t, err)
		got, err := eventfile.Decode(line)
		require.NoError(t, err)
		require.True(t, proto.Equal(e, got))
		allocations := testing.AllocsPerRun(10, func() { _, _ = eventfile.Decode(line) })
		require.Less(t, allocations, 30.0, "protojson was asked")
	}
}

// TestDecode_TakesNothingElse cuts and changes good lines.
func TestDecode_TakesNothingElse(t *testing.T) {
	t.Parallel()
	all := lines()
	rapid.Check(t, func(t *rapid.T) {
		line := []byte(rapid.SampledFrom(all).Draw(t, "line"))
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			if len(line) == 0 {
				break
			}
			at := rapid.IntRange(0, len(line)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				line[at] = rapid.SampledFrom([]byte("{}[]:,\"\\ 0e-.nZT\xff\x00")).Draw(t, "byte")
			case 1:
				line = append(line[:at:at], line[at+1:]...)
			default:
				line = append(line[:at:at], append([]byte{line[at]}, line[at:]...)...)
			}
		}
		requireSame(t, line)
	})
}

func FuzzDecode(f *testing.F) {
	for _, line := range lines() {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) { requireSame(t, line) })
}

func BenchmarkDecode(b *testing.B) {
	line := []byte(`{"id":"nvkpq2l6zw6fzmkgzxkwl2a5ba","source":"anomify-prod","vendor":"VENDOR_ANOMIFY","nativeId":"17",` +
		`"occurredAt":"2026-01-02T03:04:05Z","observedAt":"2026-01-02T03:04:09.250Z","entity":"metric:shop.requests","severity":"SEVERITY_MEDIUM",` +
		`"labels":{"site":"shop","tier":"gold"},"title":"shop.requests left its range","anomaly":{"metric":"shop.requests","anomalyId":"17",` +
		`"detector":"detector-1","score":0.5,"value":17.25,"direction":"DIRECTION_UP","phase":"PHASE_OPEN","startedAt":"2026-01-02T03:04:05Z"}}`)
	for name, decode := range map[string]func([]byte) (*eventv1.Event, error){
		"decode": eventfile.Decode,
		"protojson": func(line []byte) (*eventv1.Event, error) {
			e := &eventv1.Event{}
			return e, protojson.Unmarshal(line, e)
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := decode(line); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
