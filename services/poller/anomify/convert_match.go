package anomify

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/poll"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// detectorOfMatches tells a match from an anomaly.
const detectorOfMatches = "anomify-pattern"

// ConvertMatches turns the matches of a pattern since from, seen at observed, into
// events. A match is a moment and no state: it is over when it is told of. What a
// person says of it later is no part of it.
func ConvertMatches(
	source, metric string, pattern *anomifyv1.Pattern, answer *anomifyv1.ListPatternMatchesResponse, from, observed time.Time,
) poll.Batch {
	var batch poll.Batch
	for _, match := range answer.GetMatches() {
		switch {
		case match.GetId() == "":
			batch.RejectOf(pattern.GetId(), "no_id", "a match of pattern "+pattern.GetId()+" has no id", record(match))
		case match.GetTimestamp() == nil:
			batch.RejectOf(pattern.GetId(), "no_time", fmt.Sprintf("match %q: it does not say when it was seen", match.GetId()), record(match))
		case !match.GetTimestamp().AsTime().Before(from):
			batch.Events = append(batch.Events, matchEvent(source, cmp.Or(match.GetMetric(), metric), pattern, match, observed))
		}
	}
	reject(&batch, "match", answer.GetRejected())
	return batch
}

func matchEvent(source, metric string, pattern *anomifyv1.Pattern, match *anomifyv1.Match, observed time.Time) *eventv1.Event {
	occurred := notAfter(match.GetTimestamp(), observed)
	nativeID := "match/" + match.GetId()
	e := &eventv1.Event{
		Id:         event.ID(source, nativeID, ""),
		Source:     source,
		Vendor:     eventv1.Vendor_VENDOR_ANOMIFY,
		NativeId:   nativeID,
		OccurredAt: occurred,
		ObservedAt: timestamppb.New(observed),
		Entity:     "metric:" + metric,
		Labels:     map[string]string{"pattern_id": pattern.GetId()},
		Title:      fmt.Sprintf("%s looks like pattern %s", metric, cmp.Or(pattern.GetLabel(), pattern.GetId())),
		Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{
			Metric: metric, AnomalyId: pattern.GetAnomalyId(), Detector: detectorOfMatches, Value: match.GetValue(),
			Phase: eventv1.Phase_PHASE_CLOSED, StartedAt: occurred, EndedAt: occurred,
		}},
		Raw: poll.Raw(record(match)),
	}
	if pattern.GetLabel() != "" {
		e.Labels["pattern"] = pattern.GetLabel()
	}
	return e
}

// record is a match as it was read: the adapter keeps no JSON of it. Spaces are left
// out, which protojson puts in differently from build to build.
func record(match *anomifyv1.Match) string {
	var compact bytes.Buffer
	data, err := protojson.Marshal(match)
	if err != nil || json.Compact(&compact, data) != nil { // never, of what came over gRPC
		return ""
	}
	return compact.String()
}

// reject adds what the adapter could not read.
func reject(batch *poll.Batch, what string, rejected []*anomifyv1.RejectedRecord) {
	for _, r := range rejected {
		batch.Reject("unreadable", what+" "+strconv.Itoa(int(r.GetIndex()))+": "+r.GetReason(), r.GetRaw())
	}
}

// byTime puts events in the order in which they happened.
func byTime(a, b *eventv1.Event) int {
	return cmp.Or(a.GetOccurredAt().AsTime().Compare(b.GetOccurredAt().AsTime()), cmp.Compare(a.GetId(), b.GetId()))
}
