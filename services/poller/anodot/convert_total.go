package anodot

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// ConvertTotal turns the number of metrics that a data stream made in the day
// before observed into an event. The number goes on changing, so the event
// happens when it is seen. An unchanged number is told once a day.
func ConvertTotal(source string, stream *anodotv1.DataStream, total int64, observed time.Time) *eventv1.Event {
	nativeID := "stream/" + stream.GetId() + "/" + observed.UTC().Format(time.DateOnly)
	name, seen := cmp.Or(stream.GetName(), stream.GetId()), timestamppb.New(observed)
	e := &eventv1.Event{
		Id:         event.ID(source, nativeID, strconv.FormatInt(total, 10)),
		Source:     source,
		Vendor:     eventv1.Vendor_VENDOR_ANODOT,
		NativeId:   nativeID,
		OccurredAt: seen,
		ObservedAt: seen,
		Entity:     "stream:" + stream.GetId(),
		Labels:     map[string]string{"stream": name},
		Title:      fmt.Sprintf("%s: %d metrics in a day", name, total),
		Payload: &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{
			WindowStart: timestamppb.New(observed.Add(-24 * time.Hour)), WindowEnd: seen,
			Measures: map[string]float64{"metrics": float64(total)},
		}},
	}
	if kind := word(stream.GetType()); kind != "" {
		e.Labels["stream_type"] = kind
	}
	return e
}
