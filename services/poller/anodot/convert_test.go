package anodot_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
)

const account = "anodot-prod"

func observed() time.Time { return time.Date(2026, 9, 24, 10, 3, 0, 0, time.UTC) }

func answer(t *testing.T) *anodotv1.ListFeedbackResponse {
	t.Helper()
	return pollertest.Read(t, "feedback", &anodotv1.ListFeedbackResponse{})
}

func TestConvert_Golden(t *testing.T) {
	t.Parallel()
	pollertest.Golden(t, "feedback", anodot.Convert(account, answer(t), observed()))
}

func TestConvert_AVerdictIsAnotherEventWhenItsAuthorChangesIt(t *testing.T) {
	t.Parallel()
	id := func(change func(*anodotv1.Feedback), after time.Duration) string {
		changed := proto.CloneOf(answer(t))
		change(changed.GetFeedback()[0])
		return anodot.Convert(account, changed, observed().Add(after)).Events[0].GetId()
	}
	first := id(func(*anodotv1.Feedback) {}, 0)

	require.NotEqual(t, first, id(func(f *anodotv1.Feedback) { f.Type = "GOOD_CATCH" }, 0))
	require.NotEqual(t, first, id(func(f *anodotv1.Feedback) { f.Comment = "Still noise." }, 0))
	require.Equal(t, first, id(func(*anodotv1.Feedback) {}, time.Hour))
	require.Equal(t, first, id(func(f *anodotv1.Feedback) { f.GetAlerts()[0].Status = "CLOSE" }, 0), "the alert's state is no part of the verdict")
}

func events(list ...*eventv1.Event) []*eventv1.Event { return list }

func TestConvertFirings_Golden(t *testing.T) {
	t.Parallel()
	page := pollertest.Read(t, "firings", &anodotv1.ListTriggeredAlertsResponse{})
	pollertest.Golden(t, "firings", anodot.ConvertFirings(account, page, observed()))
}

func TestConvertAnomalies_Golden(t *testing.T) {
	t.Parallel()
	page := pollertest.Read(t, "anomalies", &anodotv1.ListAnomaliesResponse{})
	pollertest.Golden(t, "anomalies", anodot.ConvertAnomalies(account, page, observed()))
}
