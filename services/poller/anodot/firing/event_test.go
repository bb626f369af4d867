package firing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot/firing"
)

func began() time.Time { return time.Date(2026, 9, 24, 9, 40, 0, 0, time.UTC) }

func some(phase eventv1.Phase) firing.Firing {
	return firing.Firing{
		Source: "anodot-prod", ID: "t1", GroupID: "g", AlertID: "a", Title: "Drop", Phase: phase, Started: began(),
		Severity: eventv1.Severity_SEVERITY_HIGH, Metric: firing.Metric{Name: "m", Direction: "UP", Peak: 0.0071, Score: 0.88},
		Labels: map[string]string{"alert_type": "anomaly", "time_scale": ""},
	}
}

func TestEvents_OpeningAlwaysThenWhatFollowed(t *testing.T) {
	t.Parallel()
	seen := began().Add(time.Hour)
	open := firing.Events(some(eventv1.Phase_PHASE_OPEN), seen)
	require.Len(t, open, 1)
	require.Equal(t, began(), open[0].GetOccurredAt().AsTime())
	require.Equal(t, map[string]string{"alert_type": "anomaly"}, open[0].GetLabels())
	require.Equal(t, "g", open[0].GetAnomaly().GetAnomalyId(), "a group is known by its anomaly")

	updated := firing.Events(some(eventv1.Phase_PHASE_UPDATED), seen)
	require.Len(t, updated, 2)
	require.Equal(t, open[0].GetId(), updated[0].GetId())
	require.Equal(t, seen, updated[1].GetOccurredAt().AsTime(), "an update happens when it is seen")

	f := some(eventv1.Phase_PHASE_CLOSED)
	f.Ended = began().Add(20 * time.Minute)
	closed := firing.Events(f, seen)
	require.Equal(t, open[0].GetId(), closed[0].GetId())
	require.Equal(t, f.Ended, closed[1].GetOccurredAt().AsTime())
	require.Equal(t, f.Ended, closed[1].GetAnomaly().GetEndedAt().AsTime())
	f.Ended = seen.Add(time.Minute)
	require.Equal(t, seen, firing.Events(f, seen)[1].GetOccurredAt().AsTime(), "never later than it was seen")
	f.Ended = time.Time{}
	require.Equal(t, seen, firing.Events(f, seen)[1].GetOccurredAt().AsTime(), "an end that is not told is when it was seen")
	require.Equal(t, closed[1].GetId(), firing.Events(f, seen)[1].GetId())
	for _, e := range append(updated, closed...) {
		require.NoError(t, event.Validate(e))
		require.Equal(t, "g/a", e.GetNativeId())
		require.Equal(t, "alert:a", e.GetEntity())
	}
}

func TestEvents_ThatDifferHaveIdsOfTheirOwn(t *testing.T) {
	t.Parallel()
	id := func(change func(*firing.Firing)) string {
		f := some(eventv1.Phase_PHASE_UPDATED)
		change(&f)
		return firing.Events(f, began().Add(time.Hour))[1].GetId()
	}
	first := id(func(*firing.Firing) {})
	require.Equal(t, first, id(func(f *firing.Firing) { f.ID, f.Title, f.URL, f.Raw = "t2", "x", "https://x", "{}" }))
	require.Equal(t, first, id(func(f *firing.Firing) {
		f.Metric.Direction, f.Metric.Peak, f.Metric.Score = "up", 0.0071000001, 0.8799
	}), "as the other way writes it")
	require.NotEqual(t, first, id(func(f *firing.Firing) { f.Metric.Score = 0.9 }))
	require.NotEqual(t, first, id(func(f *firing.Firing) { f.Metric.Peak = 0.0062 }))
	require.NotEqual(t, first, id(func(f *firing.Firing) { f.Metric.Name = "m2" }))
	require.NotEqual(t, first, id(func(f *firing.Firing) { f.Metric.Direction = "DOWN" }))
	require.NotEqual(t, first, id(func(f *firing.Firing) { f.Severity = eventv1.Severity_SEVERITY_LOW }))
	require.NotEqual(t, first, id(func(f *firing.Firing) { f.Started = began().Add(time.Second) }))
	require.NotEqual(t, first, id(func(f *firing.Firing) { f.AlertID = "b" }))
}

func TestFault_NamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*firing.Firing){
		"":            func(f *firing.Firing) { f.GroupID = "" },
		"no_alert_id": func(f *firing.Firing) { f.AlertID = "" },
		"no_time":     func(f *firing.Firing) { f.Started = time.Time{} },
		"no_id":       func(f *firing.Firing) { f.GroupID, f.ID = "", "" },
	} {
		f := some(eventv1.Phase_PHASE_OPEN)
		change(&f)
		reason, _ := f.Fault()
		require.Equal(t, want, reason)
	}
}

func TestAlertType_IsWrittenInOneWay(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"ANOMALY": "anomaly", "Anomaly": "anomaly", "No Data": "no_data", "noData": "no_data", "static": "static", "": ""} {
		require.Equal(t, want, firing.AlertType(word))
	}
}
