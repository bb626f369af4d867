package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

const holdRule = "on: [anomaly]\nwhen: anomaly.score >= 0.5\nhold: {for: 10m, until: anomaly.phase == CLOSED}"

func TestHold(t *testing.T) {
	t.Parallel()
	stands := "HELD_HOLD stands until 2026-01-05T10:10:00Z"
	tell(t, []story{
		{
			name: "fires when the match has stood", rule: holdRule, advance: "10:10",
			events: list(anomaly("a", "10:00")),
			want:   []string{"a " + stands, "a FIRED stood for 10m"},
		},
		{
			name: "and not an instant before", rule: holdRule, advance: "10:09:59.999999999",
			events: list(anomaly("a", "10:00")),
			want:   []string{"a " + stands},
		},
		{
			name: "an event on which until holds ends it, whether it matches or not", rule: holdRule, advance: "11:00",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:04", closes("x"), score(0))),
			want:   []string{"a " + stands, "b HELD_HOLD ended the match of a, which stood for 4m of 10m"},
		},
		{
			name: "one that matches too begins none of its own", rule: holdRule, advance: "11:00",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:04", closes("x"))),
			want:   []string{"a " + stands, "b HELD_HOLD ended the match of a, which stood for 4m of 10m", "b HELD_HOLD its own event ends it"},
		},
		{
			name: "an end at exactly the end is too late", rule: holdRule,
			events: list(anomaly("a", "10:00"), anomaly("b", "10:10", closes("x"), score(0))),
			want:   []string{"a " + stands, "a FIRED stood for 10m"},
		},
		{
			name: "of one instant the ids decide", rule: holdRule, advance: "11:00",
			events: list(anomaly("b", "10:00"), anomaly("a", "10:00", closes("x"), score(0)), anomaly("c", "10:00", closes("x"), score(0))),
			want:   []string{"b " + stands, "c HELD_HOLD ended the match of b, which stood for 0s of 10m"},
		},
		{
			name: "another key's end is nothing to it", rule: holdRule, advance: "10:10",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:04", closes("x"), score(0), entity("y"))),
			want:   []string{"a " + stands, "a FIRED stood for 10m"},
		},
		{
			name: "a second match does not begin it anew", rule: holdRule, advance: "10:10",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:05")),
			want:   []string{"a " + stands, "b HELD_HOLD a stands until 2026-01-05T10:10:00Z", "a FIRED stood for 10m"},
		},
		{
			name: "after it another one may stand", rule: holdRule, advance: "10:30",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:10"), anomaly("c", "10:21")),
			want: []string{
				"a " + stands, "a FIRED stood for 10m", "b HELD_HOLD stands until 2026-01-05T10:20:00Z",
				"b FIRED stood for 10m", "c HELD_HOLD stands until 2026-01-05T10:31:00Z",
			},
		},
		{
			name: "a match that is older than that when it arrives fires at once", rule: holdRule,
			events: list(anomaly("a", "10:00", seen("10:20"))),
			want:   []string{"a FIRED stood for 10m"},
		},
		{
			name: "unless an end of that time came before it", rule: holdRule,
			events: list(anomaly("b", "10:09", closes("x"), score(0), seen("10:15")), anomaly("a", "10:00", seen("10:20"))),
			want:   []string{"a HELD_HOLD b ended it after 9m"},
		},
		{
			name: "an end before the match is none", rule: holdRule,
			events: list(anomaly("b", "09:59", closes("x"), score(0), seen("10:15")), anomaly("a", "10:00", seen("10:20"))),
			want:   []string{"a FIRED stood for 10m"},
		},
		{
			name: "nothing ends it where nothing is said", rule: "on: [anomaly]\nhold: {for: 10m}", advance: "10:10",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:04", closes("x"))),
			want:   []string{"a " + stands, "b HELD_HOLD a stands until 2026-01-05T10:10:00Z", "a FIRED stood for 10m"},
		},
		{
			name: "an end that fails is an error and none", rule: "on: [feedback]\nhold: {for: 10m, until: int(feedback.user) > 1}",
			events: list(feedback("a", "10:00")),
			want:   []string{"a ERROR type conversion error from 'string' to 'int'", "a ERROR until: type conversion error from 'string' to 'int'"},
		},
		{
			name: "what stood is muted, cooled and counted as of its end", advance: "12:00",
			rule:   "on: [anomaly]\nhold: {for: 10m}\nmute: [morning]\ncooldown: 30m",
			events: list(anomaly("a", "09:50"), anomaly("b", "10:20"), anomaly("c", "10:50"), anomaly("d", "10:59:59"), anomaly("e", "11:00:01")),
			want: []string{
				"a HELD_HOLD stands until 2026-01-05T10:00:00Z", "a MUTED morning until 10:30 UTC",
				"b HELD_HOLD stands until 2026-01-05T10:30:00Z", "b FIRED stood for 10m",
				"c HELD_HOLD stands until 2026-01-05T11:00:00Z", "d HELD_HOLD c stands until 2026-01-05T11:00:00Z",
				"c FIRED stood for 10m", "e HELD_HOLD stands until 2026-01-05T11:10:01Z",
				"e HELD_COOLDOWN cooldown until 2026-01-05T11:30:00Z",
			},
		},
		{
			name: "what other clauses saw is told of", rule: "on: [anomaly]\ncount: {at_least: 2, within: 1h, reset: true}\ngiven: [{on: traffic, key: [event.entity], within: 1h}]\nhold: {for: 10m}", advance: "11:00",
			events: list(traffic("t", "10:00"), anomaly("a", "10:00"), anomaly("b", "10:01"), anomaly("c", "10:02"), anomaly("d", "10:12")),
			want: []string{
				"a HELD_COUNT count 1 of 2", "b HELD_HOLD stands until 2026-01-05T10:11:00Z", "c HELD_HOLD b stands until 2026-01-05T10:11:00Z",
				"b FIRED count 2 of 2, lag 1m, stood for 10m", "d HELD_COUNT count 1 of 2",
			},
		},
	})
}

func TestHold_DecisionsAreStamped(t *testing.T) {
	t.Parallel()
	set := load(t, ruleOf(holdRule+"\ncount: {at_least: 1, within: 1h}\ndo: [{pause_alert: {source: s, alert_id: \"17\", for: 6h}}]"))
	e := engine.New(set, hourLate())
	out := e.Event(stored(anomaly("a", "10:00", seen("10:01")))[0])
	require.Equal(t, "hold", out[0].Decision.GetClause())
	require.Equal(t, []string{"a"}, out[0].Decision.GetCauses())
	require.Equal(t, at("10:00"), out[0].Decision.GetTime().AsTime())
	due, ok := e.Next()
	require.True(t, ok)
	require.Equal(t, at("10:10"), due)
	require.Equal(t, 1, e.Stats().Standing)

	e = restored(t, set, hourLate(), e)
	out = e.Advance(at("3d 10:00"))
	require.Len(t, out, 2, "it fires, and its lease ends")
	fired := out[0]
	require.Equal(t, "FIRED", outcome(fired.Decision))
	require.Equal(t, []string{"a"}, fired.Decision.GetCauses())
	require.Equal(t, at("10:10"), fired.Decision.GetTime().AsTime())
	require.Equal(t, at("10:10"), fired.Actions[0].GetEventTime().AsTime())
	require.Equal(t, at("10:10"), fired.Actions[0].GetCreatedAt().AsTime(), "however late the clock is moved")
	require.Equal(t, at("16:10"), fired.Actions[0].GetExpiresAt().AsTime(), "a lease begins when the match has stood")
	require.Equal(t, at("10:10"), out[1].Lease.GetTakenAt().AsTime())
	require.Zero(t, e.Stats().Standing)
	require.Zero(t, e.Stats().Keys)

	e = engine.New(set, hourLate())
	out = feed(e, stored(anomaly("a", "10:00"), anomaly("b", "10:05", closes("x"), score(0))))
	require.Equal(t, "hold.until", out[1].Decision.GetClause())
	require.Equal(t, []string{"a"}, out[1].Decision.GetCauses())
	require.Equal(t, at("10:05"), out[1].Decision.GetTime().AsTime())
}

// Under reorder an end that has arrived in time is judged before the match acts.
func TestHold_WaitsForWhatIsHeldBack(t *testing.T) {
	t.Parallel()
	settings := engine.Settings{MaxLateness: 15 * time.Minute, Reorder: 15 * time.Minute}
	e := engine.New(load(t, ruleOf(holdRule)), settings)
	out := feed(e, stored(anomaly("a", "10:00", seen("10:00")), anomaly("b", "10:09:59", closes("x"), score(0), seen("10:10"))))
	out = append(out, e.Advance(at("12:00"))...)
	require.Equal(t, []string{"a HELD_HOLD stands until 2026-01-05T10:10:00Z", "b HELD_HOLD ended the match of a, which stood for 9m59s of 10m"}, words(out))

	e = engine.New(load(t, ruleOf(holdRule)), settings)
	out = append(feed(e, stored(anomaly("a", "10:00", seen("10:00")))), e.Advance(at("12:00"))...)
	require.Equal(t, "FIRED", outcome(out[1].Decision))
	require.Equal(t, at("10:10"), out[1].Decision.GetTime().AsTime())
}

// An event that is dated ahead does not make it later than it is.
func TestHold_IsNotOverBeforeItsTime(t *testing.T) {
	t.Parallel()
	settings := engine.Settings{MaxLateness: 15 * time.Minute, Reorder: 15 * time.Minute}
	e := engine.New(load(t, ruleOf(holdRule)), settings)
	out := run(e,
		anomaly("a", "10:00", seen("10:00")), anomaly("ahead", "10:30", seen("10:01"), entity("y")),
		anomaly("b", "10:05", closes("x"), score(0), seen("10:18")), "12:00",
	)
	require.Equal(t, []string{
		"a HELD_HOLD stands until 2026-01-05T10:10:00Z", "ahead HELD_HOLD stands until 2026-01-05T10:40:00Z",
		"b HELD_HOLD ended the match of a, which stood for 5m of 10m", "ahead FIRED stood for 10m",
	}, words(out))
}

func TestHold_DatedFarAheadIsForgotten(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]\nhold: {for: 10m}")), hourLate())
	ev := anomaly("a", "10:00")
	ev.OccurredAt = timestamppb.New(time.Date(2262, 4, 12, 0, 0, 0, 0, time.UTC))
	e.Event(engine.Input{Event: ev, Time: at("10:00")})
	require.Equal(t, 1, e.Stats().Standing)
	e.Advance(at("80d 10:00"))
	e = restored(t, load(t, ruleOf("on: [anomaly]\nhold: {for: 10m}")), hourLate(), e)
	require.Equal(t, 1, e.Stats().Standing)
	e.Advance(at("100d 10:00"))
	require.Zero(t, e.Stats().Standing)
	_, ok := e.Next()
	require.False(t, ok)
}

func TestHold_IsBoundedInBytes(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]\nkey: [event.id]\nhold: {for: 10m}")), hourLate())
	raw := func(e *eventv1.Event) { e.Raw = string(make([]byte, 32<<20)) }
	for i := range 9 {
		out := e.Event(stored(anomaly(string(rune('a'+i)), "10:00", raw))[0])
		want := "stands until 2026-01-05T10:10:00Z"
		if i >= 7 {
			want = "not held: too many matches stand"
		}
		require.Equal(t, want, out[0].Decision.GetDetail())
	}
	require.Len(t, e.Advance(at("10:10")), 7)
	require.Equal(t, "stands until 2026-01-05T10:20:00Z", e.Event(stored(anomaly("z", "10:10", raw))[0])[0].Decision.GetDetail())
}
