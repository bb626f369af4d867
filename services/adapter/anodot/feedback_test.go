package anodot_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func feedbackWindow() *anodotv1.ListFeedbackRequest {
	return &anodotv1.ListFeedbackRequest{
		Source:    adaptertest.Source,
		StartTime: &timestamppb.Timestamp{Seconds: 1578391000},
		EndTime:   &timestamppb.Timestamp{Seconds: 1578392000},
	}
}

func TestListFeedback_Exam(t *testing.T) {
	t.Parallel()
	adaptertest.Read{
		New:     newBench,
		Secrets: []string{refreshToken, jwt(1)},
		Call: func(ctx context.Context, b *adaptertest.Bench) error {
			_, err := clientOf(b).ListFeedback(ctx, feedbackWindow())
			return err
		},
	}.Exercise(t)
}

func TestListFeedback_AsTheDocumentShowsIt(t *testing.T) {
	t.Parallel()
	answer := adaptertest.Recorded(t, "feedbacks.json")
	b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
	got, err := clientOf(b).ListFeedback(t.Context(), feedbackWindow())
	require.NoError(t, err)
	require.Len(t, got.GetFeedback(), 1)
	require.Contains(t, answer, got.GetFeedback()[0].GetRaw())
	got.GetFeedback()[0].Raw = ""
	adaptertest.Golden(t, "feedbacks.golden.json", got)

	requests := b.Requests()
	require.Len(t, requests, 2)
	require.Equal(t, http.MethodGet, requests[1].Method)
	require.Equal(t, "/api/v2/feedbacks", requests[1].Path)
	require.Equal(t, "application/json", requests[1].Header.Get("Content-Type"))
	require.JSONEq(t, `{"startTime":1578391000,"endTime":1578392000}`, requests[1].Body)
}

func TestListFeedback_WordsAndLinks(t *testing.T) {
	t.Parallel()
	const id = "6d59552d-7d61-44ae-bf20-2d39555af8c7"
	for name, tc := range map[string]struct {
		verdict, link string
		wantType      string
	}{
		"the API's spelling":   {"NOT_INTERESETING", "http://x/#!/alerts/" + id, "NOT_INTERESTING"},
		"the right spelling":   {"NOT_INTERESTING", "http://x/#!/r/alert-manager/edit/" + id + "/settings", "NOT_INTERESTING"},
		"the document's table": {"Not Interesting", id, "NOT_INTERESTING"},
		"prose":                {"Good Catch", "http://x/#!/alerts/" + id + "?tab=1", "GOOD_CATCH"},
		"a word of its own":    {"MAYBE", "http://x/#!/alerts/" + id, "MAYBE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, `{"feedbacks":[{"id":"f","type":"`+tc.verdict+
				`","createdTime":1578391511,"alerts":[{"Id":"`+tc.link+`","status":"CLOSED"}]}]}`))
			got, err := clientOf(b).ListFeedback(t.Context(), feedbackWindow())
			require.NoError(t, err)
			require.Len(t, got.GetFeedback(), 1)
			feedback := got.GetFeedback()[0]
			require.Equal(t, tc.wantType, feedback.GetType())
			require.Equal(t, id, feedback.GetAlerts()[0].GetAlertId())
			require.Equal(t, "CLOSE", feedback.GetAlerts()[0].GetStatus())
			require.Empty(t, feedback.GetAnomalyId())
			require.Nil(t, feedback.GetAlerts()[0].GetEndedAt())
		})
	}
}

func TestListFeedback_ABadRecordIsRejectedAndItsNeighboursPass(t *testing.T) {
	t.Parallel()
	const good = `{"id":"good","createdTime":1578391511,"alerts":[{"Id":"http://x/#!/alerts/a1"}]}`
	for name, tc := range map[string]struct {
		record string
		reason string
		kept   bool
	}{
		"no object":       {`7`, "feedback cannot be read", false},
		"no id":           {`{"createdTime":1578391511}`, "feedback has no id", false},
		"no time":         {`{"id":"f"}`, "feedback has no createdTime", false},
		"milliseconds":    {`{"id":"f","createdTime":1578391511000}`, "out of range for epoch seconds", false},
		"time before all": {`{"id":"f","createdTime":-1}`, "out of range for epoch seconds", false},
		"time of words":   {`{"id":"f","createdTime":"yesterday"}`, "is no number", false},
		"no alert's id":   {`{"id":"f","createdTime":1578391511,"alerts":[{"Id":"http://x/#!/dashboards"}]}`, "alerts[0]: the link in Id holds no configuration id", false},
		"one of two":      {`{"id":"f","createdTime":1578391511,"alerts":[{"Id":"http://x/#!/alerts/a1"},7]}`, "alerts[1]: alert cannot be read", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, `{"feedbacks":[`+good+`,`+tc.record+`,`+good+`]}`))
			got, err := clientOf(b).ListFeedback(t.Context(), feedbackWindow())
			require.NoError(t, err)
			want := 2
			if tc.kept {
				want = 3
			}
			require.Len(t, got.GetFeedback(), want)
			require.Len(t, got.GetRejected(), 1)
			require.Equal(t, int32(1), got.GetRejected()[0].GetIndex())
			require.Contains(t, got.GetRejected()[0].GetReason(), tc.reason)
			require.Equal(t, tc.record, got.GetRejected()[0].GetRaw())
		})
	}
}

func TestListFeedback_ASuccessWithErrorsIsNone(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK,
		`{"total":0,"feedbacks":[],"errors":[{"index":0,"error":"1002","description":"General error"}]}`))
	_, err := clientOf(b).ListFeedback(t.Context(), feedbackWindow())
	b.Expect(t, err, adaptertest.BadAnswer())
	require.Contains(t, err.Error(), "code 1002 General error")
}

func TestListFeedback_AWindowThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.NotFoundHandler())
	at := func(seconds int64) *timestamppb.Timestamp { return &timestamppb.Timestamp{Seconds: seconds} }
	for _, tc := range []struct {
		start, end *timestamppb.Timestamp
		field      string
	}{
		{nil, at(1), "start_time"},
		{at(-1), at(1), "start_time"},
		{at(1), nil, "end_time"},
		{at(1), at(1 << 60), "end_time"},
		{at(2), at(1), "end_time"},
	} {
		_, err := clientOf(b).ListFeedback(t.Context(), &anodotv1.ListFeedbackRequest{
			Source: adaptertest.Source, StartTime: tc.start, EndTime: tc.end,
		})
		b.ExpectInvalid(t, err, tc.field)
	}
}

func TestBudgets_FiftyCallsAMinuteForFeedbackAndFiveHundredInAll(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/api/v2/feedbacks", adaptertest.Answer(http.StatusOK, `{"feedbacks":[]}`))
	mux.Handle("/api/v2/alerts", adaptertest.Answer(http.StatusOK, `[]`))
	mux.Handle("/api/v2/channels", adaptertest.Answer(http.StatusOK, `[]`))
	b := newBench(t, mux)
	adaptertest.ExerciseBudget(t, b, 50, func(ctx context.Context, b *adaptertest.Bench) error {
		_, err := clientOf(b).ListFeedback(ctx, feedbackWindow())
		return err
	})
	adaptertest.ExerciseBudget(t, b, 500-50-1-25, calls()["ListChannels"].make)
	require.NoError(t, listAlerts(t.Context(), b), "an action looks an alert up before it makes one")
	adaptertest.ExerciseBudget(t, b, 24, func(ctx context.Context, b *adaptertest.Bench) error {
		if err := pause(ctx, b); !isNotFound(err) {
			return err
		}
		return nil // actions have calls of their own
	})
	require.Equal(t, 500, b.Calls(), "with the one for the token")
}

func isNotFound(err error) bool { return status.Code(err) == codes.NotFound }
