package anodot

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/poll"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Convert turns an answer with verdicts that was seen at observed into events.
func Convert(source string, answer *anodotv1.ListFeedbackResponse, observed time.Time) poll.Batch {
	var batch poll.Batch
	for _, feedback := range answer.GetFeedback() {
		convertFeedback(&batch, source, feedback, observed)
	}
	reject(&batch, "feedback", answer.GetRejected())
	return batch
}

func convertFeedback(batch *poll.Batch, source string, feedback *anodotv1.Feedback, observed time.Time) {
	reject := func(reason, detail string) {
		batch.Reject(reason, fmt.Sprintf("feedback %q: %s", feedback.GetId(), detail), feedback.GetRaw())
	}
	switch {
	case feedback.GetId() == "":
		reject("no_id", "it has no id")
		return
	case feedback.GetCreatedAt() == nil:
		reject("no_time", "it does not say when it was given")
		return
	case len(feedback.GetAlerts()) == 0:
		reject("no_alert", "it names no alert")
		return
	}
	for i, alert := range feedback.GetAlerts() {
		if alert.GetAlertId() == "" {
			reject("no_alert_id", fmt.Sprintf("the link of alerts[%d] names no alert configuration", i))
			continue
		}
		batch.Events = append(batch.Events, eventOf(source, feedback, alert, observed))
	}
}

func eventOf(source string, feedback *anodotv1.Feedback, alert *anodotv1.FeedbackAlert, observed time.Time) *eventv1.Event {
	nativeID := feedback.GetId() + "/" + alert.GetAlertId()
	// A person may change verdict and comment later; the alert's state, which
	// stands beside them, is no part of the verdict.
	revision := feedback.GetType() + "/" + feedback.GetComment()
	given := feedback.GetCreatedAt()
	if given.AsTime().After(observed) {
		given = timestamppb.New(observed) // a clock that is ahead
	}
	e := &eventv1.Event{
		Id:         event.ID(source, nativeID, revision),
		Source:     source,
		Vendor:     eventv1.Vendor_VENDOR_ANODOT,
		NativeId:   nativeID,
		OccurredAt: given,
		ObservedAt: timestamppb.New(observed),
		Entity:     "alert:" + alert.GetAlertId(),
		Title:      title(feedback, alert),
		Url:        feedback.GetAnomalyUrl(),
		Payload: &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{
			Verdict:    verdict(feedback.GetType()),
			Comment:    feedback.GetComment(),
			User:       feedback.GetUser(),
			AlertId:    alert.GetAlertId(),
			AlertTitle: alert.GetName(),
			AnomalyId:  feedback.GetAnomalyId(),
		}},
		Raw: poll.Raw(feedback.GetRaw()),
	}
	if owner := alert.GetOwner(); owner != "" {
		e.Labels = map[string]string{"alert_owner": owner}
	}
	return e
}

func verdict(word string) eventv1.Verdict {
	return eventv1.Verdict(eventv1.Verdict_value["VERDICT_"+word])
}

func title(feedback *anodotv1.Feedback, alert *anodotv1.FeedbackAlert) string {
	words := map[eventv1.Verdict]string{
		eventv1.Verdict_VERDICT_UNSPECIFIED:     strconv.Quote(feedback.GetType()),
		eventv1.Verdict_VERDICT_GOOD_CATCH:      "good catch",
		eventv1.Verdict_VERDICT_NOT_INTERESTING: "not interesting",
	}
	return fmt.Sprintf("%s says %s: %s", cmp.Or(feedback.GetUser(), "somebody"), words[verdict(feedback.GetType())],
		cmp.Or(alert.GetName(), alert.GetAlertId()))
}
