package poll_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/poll"
)

// A mapping that fails for each record is told of at once and then once an hour, with
// what to mend.
func TestRunOnce_TellsOfWhatIsLeftOutOnceAnHour(t *testing.T) {
	t.Parallel()
	labels, err := poll.CompileLabels(map[string]string{"site": `anomaly.metric.split(".")[1]`})
	require.NoError(t, err)
	v := &vendor{clock: newClock()}
	l := newBench(t, bustest.New(t), v, func(_ *poll.Config, deps *poll.Deps) { deps.Labeler = labels })
	for range 5 {
		v.add(time.Now().String(), 0)
		poll1(t, l)
		v.clock.move(10 * time.Minute)
	}
	require.Equal(t, 1, strings.Count(l.logs.String(), "something is left out"), l.logs)
	first := lineOf(t, l, "something is left out")
	require.Contains(t, first, `field="label site"`)
	require.Contains(t, first, "labels.site: `anomaly.metric.split(")
	require.Contains(t, first, "1 is absent: no value, of event ")
	require.Contains(t, first, "mend the expression")
	require.Contains(t, first, "times=1")

	v.clock.move(10 * time.Minute)
	v.add("an hour later", 0)
	poll1(t, l)
	require.Equal(t, 2, strings.Count(l.logs.String(), "something is left out"))
	require.Contains(t, l.logs.String(), "times=5", "those between count")
}

func TestRunOnce_TellsOfDeadLettersOnceAnHour(t *testing.T) {
	t.Parallel()
	v := &vendor{clock: newClock()}
	l := newBench(t, bustest.New(t), v)
	v.rejected = []poll.Rejected{
		{Reason: "no_id", Detail: "report bot-traffic, row 3: event.native_id: no value", Record: "{}", Part: "bot-traffic"},
		{Reason: "no_id", Detail: "report bot-traffic, row 4: event.native_id: no value", Record: "{1}", Part: "bot-traffic"},
		{Reason: "no_time", Detail: "report bot-traffic, row 5: event.occurred_at: " + strings.Repeat("9", 1<<20), Record: "{2}", Part: "bot-traffic"},
	}
	poll1(t, l)
	poll1(t, l)
	require.Equal(t, 2, strings.Count(l.logs.String(), "a record is no event"), "once for each reason")
	require.Contains(t, lineOf(t, l, "a record is no event"), "report bot-traffic, row 3: event.native_id: no value")
	require.Less(t, len(l.logs.String()), 8<<10, "whatever a record holds")
}

// lineOf returns the first line of the log that holds the text.
func lineOf(t *testing.T, l bench, text string) string {
	t.Helper()
	for line := range strings.Lines(l.logs.String()) {
		if strings.Contains(line, text) {
			return line
		}
	}
	require.Fail(t, "no line of the log holds "+text, l.logs.String())
	return ""
}
