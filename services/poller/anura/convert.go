package anura

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/poll"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Place is what counts are about: an instance, or one campaign of it.
type Place struct {
	// Instance is the vendor's id.
	Instance string
	// InstanceName is what people call it, "" where the vendor was not asked.
	InstanceName string
	// Campaign is "" for the whole instance.
	Campaign string
}

// String names the place for people.
func (p Place) String() string {
	instance := "instance " + cmp.Or(p.InstanceName, p.Instance)
	if p.Campaign == "" {
		return instance
	}
	return "campaign " + p.Campaign + " of " + instance
}

// Question is what was asked and when.
type Question struct {
	Place

	// First and Last are the starts of the first and the last day.
	First, Last time.Time
	// At is when it was asked: a day that ended later is open.
	At time.Time
}

// Convert turns an answer into an event for each day. The same counts of an
// open day give the same id however often they are read; the counts of a day
// that is over give another one, also where they have not changed.
func Convert(source string, asked Question, answer *anurav1.GetOverviewResponse) poll.Batch {
	var batch poll.Batch
	for _, counts := range answer.GetDays() {
		day, isDay := parseDay(counts.GetDay())
		if !isDay || day.Before(asked.First) || day.After(asked.Last) {
			batch.RejectOf(asked.part(), "bad_day", fmt.Sprintf("overview of %s: %d is no day from %d to %d",
				asked.Place, counts.GetDay(), number(asked.First), number(asked.Last)), record(counts))
			continue
		}
		e := eventOf(source, asked, day, counts)
		e.Raw = poll.Raw(answer.GetRaw())
		batch.Events = append(batch.Events, e)
	}
	for _, r := range answer.GetRejected() {
		batch.RejectOf(asked.part(), "unreadable",
			fmt.Sprintf("overview of %s, row %d: %s", asked.Place, r.GetIndex(), r.GetReason()), r.GetRaw())
	}
	return batch
}

// record is the row alone: the whole answer would be another one at each poll.
func record(counts *anurav1.DayCounts) string {
	return fmt.Sprintf(`{"date":%d,"suspect":%d,"nonsuspect":%d}`,
		counts.GetDay(), counts.GetSuspect(), counts.GetNonsuspect())
}

func eventOf(source string, asked Question, day time.Time, counts *anurav1.DayCounts) *eventv1.Event {
	return trafficOf(source, asked, day, fact{
		nativeID: asked.nativeID(day),
		revision: fmt.Sprintf("%d/%d", counts.GetNonsuspect(), counts.GetSuspect()),
		entity:   asked.entity(),
		labels:   asked.labels(),
		title:    title(asked.Place, counts),
		measures: measures(counts),
	})
}

// fact is what the vendor counted on one day.
type fact struct {
	nativeID string
	// revision is what of the counts makes them others.
	revision      string
	entity, title string
	labels        map[string]string
	measures      map[string]float64
}

func trafficOf(source string, asked Question, day time.Time, f fact) *eventv1.Event {
	end, state := day.AddDate(0, 0, 1), "over"
	if end.After(asked.At) {
		end, state = asked.At, "open"
	}
	return &eventv1.Event{
		Id:         event.ID(source, f.nativeID, state+"/"+f.revision),
		Source:     source,
		Vendor:     eventv1.Vendor_VENDOR_ANURA,
		NativeId:   f.nativeID,
		OccurredAt: timestamppb.New(end),
		ObservedAt: timestamppb.New(asked.At),
		Entity:     f.entity,
		Labels:     f.labels,
		Title:      f.title,
		Payload: &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{
			WindowStart: timestamppb.New(day), WindowEnd: timestamppb.New(end), Measures: f.measures,
		}},
	}
}

// part is the vendor's own identity of the place.
func (p Place) part() string {
	if p.Campaign == "" {
		return p.Instance
	}
	return p.Instance + "/" + p.Campaign
}

func (p Place) nativeID(day time.Time) string { return p.part() + "/" + day.Format(dayLayout) }

func (p Place) entity() string {
	if p.Campaign == "" {
		return "instance:" + p.Instance
	}
	return "campaign:" + p.Campaign
}

func (p Place) labels() map[string]string {
	labels := map[string]string{"instance": p.Instance}
	if p.InstanceName != "" {
		labels["instance_name"] = p.InstanceName
	}
	if p.Campaign != "" {
		labels["campaign"] = p.Campaign
	}
	return labels
}

// measures calls what the vendor suspects invalid: its Direct product, which
// the overview is of, knows no third word. Nothing divided by nothing is no
// ratio.
func measures(counts *anurav1.DayCounts) map[string]float64 {
	suspect := float64(counts.GetSuspect())
	requests := suspect + float64(counts.GetNonsuspect())
	m := map[string]float64{"requests": requests, "suspect": suspect, "invalid": suspect}
	if requests > 0 {
		m["invalid_ratio"] = suspect / requests
	}
	return m
}

func title(p Place, counts *anurav1.DayCounts) string {
	requests := counts.GetSuspect() + counts.GetNonsuspect()
	name := cmp.Or(p.Campaign, p.InstanceName, p.Instance)
	return name + ": " + strconv.FormatInt(counts.GetSuspect(), 10) + " of " +
		strconv.FormatInt(requests, 10) + " requests are suspect"
}
