package engine_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/engine"
)

func TestGiven_AtLeast(t *testing.T) {
	t.Parallel()
	three := "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m, at_least: 3}]"
	tell(t, []story{
		{
			name:   "so many causes",
			rule:   three,
			events: list(traffic("t", "10:00"), traffic("u", "10:01"), anomaly("a", "10:02"), traffic("v", "10:02"), anomaly("b", "10:03")),
			want:   []string{"a HELD_GIVEN 2 of 3 traffic within 15m", "b FIRED lag 1m"},
		},
		{
			name:   "all of them within, both ends inclusive",
			rule:   three,
			events: list(traffic("t", "10:00"), traffic("u", "10:01"), traffic("v", "10:15"), anomaly("a", "10:15"), anomaly("b", "10:15:00.000000001")),
			want:   []string{"a FIRED lag 0s", "b HELD_GIVEN 2 of 3 traffic within 15m"},
		},
		{
			name:   "an event is none of its own causes",
			rule:   "on: [anomaly]\ngiven: [{on: anomaly, key: [event.entity], within: 15m, at_least: 2}]",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:01"), anomaly("c", "10:02")),
			want:   []string{"a HELD_GIVEN 0 of 2 anomaly within 15m", "b HELD_GIVEN 1 of 2 anomaly within 15m", "c FIRED lag 1m"},
		},
		{
			name:     "waited for until the last",
			rule:     three,
			events:   list(traffic("t", "10:00", seen("10:00")), anomaly("a", "10:00", seen("10:01")), traffic("u", "10:00", seen("10:02")), traffic("v", "10:00", seen("10:02:30"))),
			settings: waits(2 * time.Minute),
			want:     []string{"a FIRED lag 0s"},
		},
	})
}

func TestGiven_Absent(t *testing.T) {
	t.Parallel()
	absent := "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m, absent: true}]"
	tell(t, []story{
		{
			name:   "fires where nothing is there",
			rule:   absent,
			events: list(anomaly("a", "10:00"), traffic("t", "10:01"), anomaly("b", "10:02"), anomaly("c", "10:16"), anomaly("d", "10:16:00.000000001")),
			want:   []string{"a FIRED", "b HELD_GIVEN traffic 1m before", "c HELD_GIVEN traffic 15m before", "d FIRED"},
		},
		{
			name:   "what comes after it is nothing to it",
			rule:   absent,
			events: list(traffic("t", "10:00:00.000000001"), anomaly("a", "10:00")),
			want:   []string{"a FIRED"},
		},
		{
			name:   "fewer than at_least are none",
			rule:   "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m, absent: true, at_least: 2}]",
			events: list(traffic("t", "10:00"), anomaly("a", "10:01"), traffic("u", "10:02"), anomaly("b", "10:03")),
			want:   []string{"a FIRED", "b HELD_GIVEN 2 traffic within 15m, the latest 1m before"},
		},
		{
			name:   "another key is nothing to it",
			rule:   absent,
			events: list(traffic("t", "10:00", entity("y")), anomaly("a", "10:00")),
			want:   []string{"a FIRED"},
		},
		{
			name: "waits to be sure", rule: absent, settings: waits(2 * time.Minute), advance: "10:03",
			events: list(anomaly("a", "10:00", seen("10:01"))),
			want:   []string{"a FIRED"},
		},
		{
			name: "and not an instant less", rule: absent, settings: waits(2 * time.Minute), advance: "10:02:59.999999999",
			events: list(anomaly("a", "10:00", seen("10:01"))),
			want:   []string{},
		},
		{
			name: "is held at once when the cause arrives", rule: absent, settings: waits(2 * time.Minute),
			events: list(anomaly("a", "10:00", seen("10:01")), traffic("t", "09:59", seen("10:02"))),
			want:   []string{"a HELD_GIVEN traffic 1m before"},
		},
		{
			name: "one that arrives when the wait is over is too late", rule: absent, settings: waits(2 * time.Minute),
			events: list(anomaly("a", "10:00", seen("10:01")), traffic("t", "09:59", seen("10:03"))),
			want:   []string{"a FIRED"},
		},
		{
			name: "a late event is there as well", rule: absent, settings: engine.Settings{MaxLateness: time.Minute, Wait: waits(time.Hour).Wait},
			events: list(anomaly("a", "10:00", seen("10:01")), traffic("t", "09:50", seen("10:02"))),
			want:   []string{"a HELD_GIVEN traffic 10m before", "t LATE observed 12m after it occurred, accepted is 1m"},
		},
		{
			name: "an event of unknown arrival does not wait", rule: absent, settings: waits(2 * time.Minute),
			events: list(anomaly("a", "10:00")),
			want:   []string{"a FIRED"},
		},
	})
}

func TestGiven_PresentAndAbsentTogether(t *testing.T) {
	t.Parallel()
	both := `on: [anomaly]
given:
  - {on: traffic, key: [event.entity], within: 15m, wait: 2m}
  - {on: feedback, key: [event.entity], within: 1h, absent: true, wait: 5m}`
	tell(t, []story{
		{
			name: "the absence has its time after the cause has come", rule: both, advance: "10:05",
			events: list(traffic("t", "10:00", seen("10:00")), anomaly("a", "10:00", seen("10:00"))),
			want:   []string{"a FIRED given[0] lag 0s"},
		},
		{
			name: "also where the cause comes later", rule: both, advance: "10:05",
			events: list(anomaly("a", "10:00", seen("10:00")), traffic("t", "10:00", seen("10:01"))),
			want:   []string{"a FIRED given[0] lag 0s"},
		},
		{
			name: "a missing cause decides when its time is over", rule: both, advance: "10:02",
			events: list(anomaly("a", "10:00", seen("10:00"))),
			want:   []string{"a HELD_GIVEN given[0]: no traffic within 15m, waited 2m"},
		},
		{
			name: "what must not be there decides at once", rule: both,
			events: list(anomaly("a", "10:00", seen("10:00")), feedback("f", "09:30", seen("10:01"))),
			want:   []string{"a HELD_GIVEN given[1]: feedback 30m before"},
		},
		{
			name: "also before a missing cause is waited for", rule: both,
			events: list(feedback("f", "09:30", seen("09:30")), anomaly("a", "10:00", seen("10:00"))),
			want:   []string{"a HELD_GIVEN given[1]: feedback 30m before"},
		},
	})
}

func TestGiven_TheSpoilerIsACause(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m, absent: true}]")), hourLate())
	out := feed(e, stored(traffic("t", "10:00"), traffic("u", "10:01"), anomaly("a", "10:02")))
	require.Equal(t, []string{"u"}, out[0].Decision.GetCauses())
	require.Equal(t, "given", out[0].Decision.GetClause())
}

// Where nobody can wait, what must not be there might still come: that is no
// reason to act.
func TestGiven_AbsentDoesNotFireWhereNobodyCanWait(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m, absent: true}]")), waits(time.Hour))
	for i := range 10_000 {
		require.Empty(t, e.Event(stored(anomaly(strconv.Itoa(i), "10:00", seen("10:00")))[0]))
	}
	out := e.Event(stored(anomaly("over", "10:00", seen("10:00")))[0])
	require.Equal(t, []string{"over HELD_GIVEN a traffic within 15m may still arrive, not waited for: too many judgements wait"}, words(out))
}
