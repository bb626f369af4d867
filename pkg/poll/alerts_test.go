package poll_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/inventory"
	"github.com/signalbox-io/signalbox/pkg/poll"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

func TestRunOnce_KeepsWhatIsKnownOfTheAlerts(t *testing.T) {
	t.Parallel()
	b, v := bustest.New(t), &vendor{clock: newClock()}
	l := newBench(t, b, v)
	known := func() []*sourcev1.Alert {
		alerts, err := inventory.List(t.Context(), b.Alerts(), source)
		require.NoError(t, err)
		return alerts
	}
	v.alerts = &poll.Alerts{At: v.clock.Now(), List: []*sourcev1.Alert{{Id: "1"}, {Id: "2", Paused: true}}}
	poll1(t, l)
	require.Len(t, known(), 2)
	require.InDelta(t, 2, l.metric(t, "signalbox_poll_alerts"), 0)
	require.InDelta(t, v.clock.Now().Unix(), l.metric(t, "signalbox_poll_alerts_read_timestamp_seconds"), 0)

	v.alerts = &poll.Alerts{At: v.clock.Now(), Err: errors.New("no right to list them")}
	poll1(t, l)
	poll1(t, l)
	require.Len(t, known(), 2, "what is known stays")
	reading, err := inventory.Reading(t.Context(), b.Alerts(), source)
	require.NoError(t, err)
	require.Equal(t, "no right to list them", reading.GetError())
	require.Equal(t, 1, strings.Count(l.logs.String(), "alerts of the account cannot be read"), "once is enough")

	whole := v.clock.Now()
	v.clock.move(time.Minute)
	v.alerts = &poll.Alerts{At: v.clock.Now(), List: []*sourcev1.Alert{{Id: "1"}}, Unread: errors.New("one has no id")}
	poll1(t, l)
	require.InDelta(t, whole.Unix(), l.metric(t, "signalbox_poll_alerts_read_timestamp_seconds"), 0, "the metric tells of whole readings")
	require.Len(t, known(), 2, "what cannot be read is not gone")
	require.True(t, known()[1].GetPaused())
	reading, err = inventory.Reading(t.Context(), b.Alerts(), source)
	require.NoError(t, err)
	require.Equal(t, "one has no id", reading.GetError())
	require.NotContains(t, l.logs.String(), "can be read again")

	v.alerts = &poll.Alerts{At: v.clock.Now(), List: []*sourcev1.Alert{{Id: "2"}}}
	v.err = errors.New("the rest cannot be read")
	_, err = l.RunOnce(t.Context())
	require.ErrorIs(t, err, v.err)
	require.Len(t, known(), 1, "alerts do not depend on events either")
	require.Contains(t, l.logs.String(), "can be read again")
}

func TestRunOnce_TellsOnceOfAlertsThatMayBePaused(t *testing.T) {
	t.Parallel()
	b, v := bustest.New(t), &vendor{clock: newClock()}
	l := newBench(t, b, v)
	v.alerts = &poll.Alerts{At: v.clock.Now(), List: []*sourcev1.Alert{{Id: "1", PausedUnknown: true}}, Unsure: errors.New(`such as "snoozed" of alert 1`)}
	poll1(t, l)
	poll1(t, l)
	require.Equal(t, 1, strings.Count(l.logs.String(), "it is not known whether some alerts of the account are paused"))
	require.Contains(t, l.logs.String(), "snoozed")
	require.InDelta(t, 1, l.metric(t, "signalbox_poll_alerts"), 0, "the reading is whole all the same")
	alert, err := inventory.Get(t.Context(), b.Alerts(), source, "1")
	require.NoError(t, err)
	require.True(t, alert.GetPaused())

	v.alerts = &poll.Alerts{At: v.clock.Now(), List: []*sourcev1.Alert{{Id: "1"}}}
	poll1(t, l)
	require.Contains(t, l.logs.String(), "it is known again")
}
