package engine_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/engine"
)

// storedAt puts an event on the stream at another time than its own.
func storedAt(in engine.Input, when time.Time) engine.Input {
	in.Time = when
	return in
}

// A server's clock was ten years ahead for one message. Whatever that let wait
// or remembered goes by the right time again as soon as a message shows it.
func TestEvent_ComesBackFromAServersClockThatWasAhead(t *testing.T) {
	t.Parallel()
	set := load(t, everyClause)
	e := engine.New(set, hourLate())
	ahead := at("09:00").AddDate(10, 0, 0)
	feed(e, []engine.Input{
		storedAt(stored(anomaly("wrong", "09:00", seen("09:00")))[0], ahead),
		storedAt(stored(feedback("f1", "09:00", seen("09:00"), entity("y")))[0], ahead.Add(time.Minute)),
		storedAt(stored(feedback("f2", "09:00", seen("09:00"), entity("y")))[0], ahead.Add(time.Minute)),
		storedAt(stored(feedback("f3", "09:00", seen("09:00"), entity("y")))[0], ahead.Add(time.Minute)),
	})
	require.Equal(t, 1, e.Stats().Waiting)

	out := e.Event(stored(anomaly("right", "09:01", seen("09:01"), entity("z")))[0])
	require.Empty(t, out)
	e = restored(t, set, hourLate(), e)
	due, waits := e.Next()
	require.True(t, waits)
	require.Equal(t, at("09:06"), due, "each waits from now on as long as it was to wait")
	require.Equal(t, []string{
		"wrong HELD_GIVEN given[0]: no traffic within 15m, waited 5m",
		"right HELD_GIVEN given[0]: no traffic within 15m, waited 5m",
	}, words(e.Advance(at("09:06"))))

	require.Empty(t, e.Event(stored(feedback("f1", "09:10", seen("09:10")))[0]), "what was met ahead is known")
	restored(t, set, hourLate(), e)
	e.Advance(at("200d 09:00"))
	require.Zero(t, e.Stats().Keys, "nothing is kept until the time that never was")
}

// Servers of one cluster differ by moments: that is no reason to go back.
func TestEvent_KeepsItsClockWhereTheStreamsWavers(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m, wait: 2m}]")), hourLate())
	feed(e, []engine.Input{
		storedAt(stored(anomaly("a", "09:00", seen("09:00")))[0], at("1d 09:00")),
		storedAt(stored(anomaly("b", "09:00", seen("09:00")))[0], at("09:00")),
		{Event: anomaly("c", "09:00", seen("09:00"))},
	})
	due, _ := e.Next()
	require.Equal(t, at("1d 09:02"), due)
	require.Len(t, e.Advance(due), 3)
}

func TestSnapshot_IsInvisibleAlsoWhereTheClockWasAhead(t *testing.T) {
	t.Parallel()
	set := load(t, modelRules(true))
	run := func(restart bool) []engine.Output {
		e := engine.New(set, propertySettings())
		var out []engine.Output
		for i := range 60 {
			when := at("09:00").Add(time.Duration(i) * time.Minute)
			in := engine.Input{Event: anomaly(strconv.Itoa(i), "09:00", entity("x")), Sequence: uint64(i), Time: when}
			in.Event.OccurredAt.Seconds = when.Unix()
			if i%7 == 3 {
				in.Time = when.AddDate(1+i, 0, 0)
			}
			out = append(out, e.Event(in)...)
			if restart {
				e = restored(t, set, propertySettings(), e)
			}
		}
		return append(out, e.Advance(at("1d 10:00"))...)
	}
	require.Equal(t, marshal(t, run(false)), marshal(t, run(true)))
}
