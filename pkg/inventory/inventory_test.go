package inventory_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/inventory"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

func at(minute int) time.Time { return time.Date(2026, 9, 24, 10, minute, 0, 0, time.UTC) }

func alert(id, title string) *sourcev1.Alert { return &sourcev1.Alert{Id: id, Title: title} }

// told returns the alerts in a short form.
func told(t *testing.T, bucket jetstream.KeyValue, source string) []string {
	t.Helper()
	alerts, err := inventory.List(t.Context(), bucket, source)
	require.NoError(t, err)
	words := []string{}
	for _, a := range alerts {
		words = append(words, fmt.Sprintf("%s/%.8s %.8s", a.GetSource(), a.GetId(), a.GetTitle()))
	}
	return words
}

func TestKeep_ReplacesWhatWasKnownOfOneSource(t *testing.T) {
	bucket := bustest.New(t).Alerts()
	long := strings.Repeat("long id/", 100)
	require.NoError(t, inventory.Keep(t.Context(), bucket, "a", []*sourcev1.Alert{
		alert("2", "two"), alert("odd. id*", "odd"), alert("", "nobody"), alert("1", "first"), alert("1", "one"), alert(long, "long"),
	}, at(1)))
	require.NoError(t, inventory.Keep(t.Context(), bucket, "b", []*sourcev1.Alert{alert("1", "other")}, at(1)))
	require.Equal(t, []string{"a/1 one", "a/2 two", "a/long id/ long", "a/odd. id* odd"}, told(t, bucket, "a"))
	require.Len(t, told(t, bucket, ""), 5)
	got, err := inventory.Get(t.Context(), bucket, "a", long)
	require.NoError(t, err)
	require.Equal(t, "long", got.GetTitle())
	_, err = inventory.Get(t.Context(), bucket, "a", "3")
	require.ErrorIs(t, err, inventory.ErrUnknown)
	reading, err := inventory.Reading(t.Context(), bucket, "a")
	require.NoError(t, err)
	require.Equal(t, at(1), reading.GetReadAt().AsTime())
	require.EqualValues(t, 4, reading.GetAlerts())

	require.NoError(t, inventory.Keep(t.Context(), bucket, "a", []*sourcev1.Alert{alert("1", "new"), alert("2", "two")}, at(2)))
	require.Equal(t, []string{"a/1 new", "a/2 two"}, told(t, bucket, "a"))
	require.Equal(t, []string{"b/1 other"}, told(t, bucket, "b"))
}

// An alert that cannot be read for a while is not gone: a pause of it still counts.
func TestKeepPart_LeavesWhatTheReadingDoesNotShow(t *testing.T) {
	bucket := bustest.New(t).Alerts()
	all := []*sourcev1.Alert{alert("1", "one"), {Id: "2", Title: "two", Paused: true}}
	require.NoError(t, inventory.Keep(t.Context(), bucket, "a", all, at(1)))
	require.NoError(t, inventory.KeepPart(t.Context(), bucket, "a", []*sourcev1.Alert{alert("1", "new"), alert("3", "three")}, at(2), "no id"))
	require.Equal(t, []string{"a/1 new", "a/2 two", "a/3 three"}, told(t, bucket, "a"))
	got, err := inventory.Get(t.Context(), bucket, "a", "2")
	require.NoError(t, err)
	require.True(t, got.GetPaused())
	reading, err := inventory.Reading(t.Context(), bucket, "a")
	require.NoError(t, err)
	require.Equal(t, at(2), reading.GetReadAt().AsTime())
	require.Equal(t, "no id", reading.GetError())
	require.EqualValues(t, 3, reading.GetAlerts())

	require.NoError(t, inventory.Keep(t.Context(), bucket, "a", []*sourcev1.Alert{alert("1", "new")}, at(3)))
	require.Equal(t, []string{"a/1 new"}, told(t, bucket, "a"), "what a whole reading does not show is gone")
}

// A limit of how many are paused is not passed because nobody can say how one stands.
func TestKeep_AnAlertThatMayBePausedStaysAsItWasKnown(t *testing.T) {
	bucket := bustest.New(t).Alerts()
	paused := func(id string) bool {
		a, err := inventory.Get(t.Context(), bucket, "a", id)
		require.NoError(t, err)
		return a.GetPaused()
	}
	vague := func(id string) *sourcev1.Alert { return &sourcev1.Alert{Id: id, Title: "new", PausedUnknown: true} }
	require.NoError(t, inventory.Keep(t.Context(), bucket, "a", []*sourcev1.Alert{alert("runs", "x"), {Id: "paused", Paused: true}}, at(1)))
	for minute := range 2 {
		require.NoError(t, inventory.Keep(t.Context(), bucket, "a", []*sourcev1.Alert{vague("runs"), vague("paused"), vague("first seen")}, at(2+minute)))
		require.False(t, paused("runs"))
		require.True(t, paused("paused"))
		require.True(t, paused("first seen"))
	}
	a, err := inventory.Get(t.Context(), bucket, "a", "runs")
	require.NoError(t, err)
	require.Equal(t, "new", a.GetTitle())
	require.True(t, a.GetPausedUnknown())
	require.NoError(t, inventory.Keep(t.Context(), bucket, "a", []*sourcev1.Alert{alert("runs", "x"), alert("first seen", "y")}, at(4)))
	require.False(t, paused("first seen"), "until it is known")
}

func TestKeep_WritesOnlyWhatHasChanged(t *testing.T) {
	bucket := bustest.New(t).Alerts()
	alerts := []*sourcev1.Alert{alert("1", "one"), alert("2", "two"), alert("2", "two")}
	written := func() uint64 {
		status, err := bucket.Status(t.Context())
		require.NoError(t, err)
		return status.(*jetstream.KeyValueBucketStatus).StreamInfo().State.LastSeq
	}
	require.NoError(t, inventory.Keep(t.Context(), bucket, "a", alerts, at(1)))
	first := written()
	require.NoError(t, inventory.Keep(t.Context(), bucket, "a", alerts, at(2)))
	require.Equal(t, first+1, written(), "the reading alone")
}

// A text that fits into no message must not keep the other alerts from being known.
func TestKeep_OfAnAlertThatIsTooLongKeepsWhetherItIsPaused(t *testing.T) {
	bucket := bustest.New(t).Alerts()
	require.NoError(t, inventory.Keep(t.Context(), bucket, "a", []*sourcev1.Alert{
		{Id: "1", Title: strings.Repeat("x", 2<<20), Paused: true},
	}, at(1)))
	got, err := inventory.Get(t.Context(), bucket, "a", "1")
	require.NoError(t, err)
	require.True(t, got.GetPaused())
	require.Empty(t, got.GetTitle())
}

func TestFail_LeavesWhatIsKnown(t *testing.T) {
	bucket := bustest.New(t).Alerts()
	require.NoError(t, inventory.Fail(t.Context(), bucket, "a", "refused"))
	reading, err := inventory.Reading(t.Context(), bucket, "a")
	require.NoError(t, err)
	require.Nil(t, reading.GetReadAt())
	require.NoError(t, inventory.Keep(t.Context(), bucket, "a", []*sourcev1.Alert{alert("1", "one")}, at(1)))
	require.NoError(t, inventory.Fail(t.Context(), bucket, "a", "refused again"))
	reading, err = inventory.Reading(t.Context(), bucket, "a")
	require.NoError(t, err)
	require.Equal(t, "refused again", reading.GetError())
	require.Equal(t, at(1), reading.GetReadAt().AsTime())
	require.Equal(t, []string{"a/1 one"}, told(t, bucket, "a"))
	require.NoError(t, inventory.Keep(t.Context(), bucket, "a", nil, at(2)))
	reading, err = inventory.Reading(t.Context(), bucket, "a")
	require.NoError(t, err)
	require.Empty(t, reading.GetError())
	require.Empty(t, told(t, bucket, "a"))
}

// What is known stays complete when a reading cannot be written to its end.
func TestKeep_TellsOfNoReadingThatIsNotWritten(t *testing.T) {
	bucket := bustest.New(t).Alerts()
	alerts := make([]*sourcev1.Alert, 200)
	for i := range alerts {
		alerts[i] = alert(strconv.Itoa(i), "title")
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := inventory.Keep(ctx, &failing{KeyValue: bucket, cancel: cancel}, "a", alerts, at(1))
	require.ErrorIs(t, err, context.Canceled)
	reading, err := inventory.Reading(t.Context(), bucket, "a")
	require.NoError(t, err)
	require.Nil(t, reading)
}

// failing is a bucket whose user gives up at the first write.
type failing struct {
	jetstream.KeyValue
	cancel func()
}

func (f *failing) Put(ctx context.Context, key string, data []byte) (uint64, error) {
	f.cancel()
	return f.KeyValue.Put(ctx, key, data)
}
