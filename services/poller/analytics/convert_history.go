package analytics

import (
	"fmt"
	"net/url"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

const (
	// statsDays is the shortest range that the vendor has.
	statsDays = 7
	statsSpan = "7d"
	daySpan   = "1d"
	day       = 24 * time.Hour
)

// rangeSince returns the shortest of the vendor's ranges that reaches back to
// from, the longest where none does; the zero time reaches back to no day. A
// range counts the present day.
func rangeSince(from, now time.Time) int32 {
	for _, days := range []int32{statsDays, 30} {
		if from.IsZero() || now.Sub(from) <= time.Duration(days-1)*day {
			return days
		}
	}
	return 90
}

// ConvertEvents turns the custom events of the last days that were seen at
// observed into an event for each name, which has no id yet.
func ConvertEvents(
	source string, site Site, answer *analyticsv1.ListEventsResponse, observed time.Time,
) []*eventv1.Event {
	events := make([]*eventv1.Event, 0, len(answer.GetEvents()))
	for _, counted := range answer.GetEvents() {
		e := snapshot(source, site, observed, map[string]float64{"event_count": counted.GetCount()})
		e.NativeId = site.ID + "/events/" + statsSpan + "/" + url.PathEscape(counted.GetName()) + "/" +
			observed.UTC().Format(time.DateOnly)
		e.Labels["range"] = statsSpan
		if counted.GetName() != "" {
			e.Labels["event"] = counted.GetName()
		}
		e.Title = fmt.Sprintf("%s: %s %s times in %d days", site, counted.GetName(), number(counted.GetCount()), statsDays)
		events = append(events, e)
	}
	return events
}

// ConvertPageviews turns the page views by day that were seen at observed into
// an event for each day, which has no id yet.
func ConvertPageviews(
	source string, site Site, answer *analyticsv1.GetPageviewsResponse, observed time.Time,
) []*eventv1.Event {
	events := make([]*eventv1.Event, 0, len(answer.GetChart()))
	for _, counted := range answer.GetChart() {
		begin, err := time.Parse(time.DateOnly, counted.GetDate())
		if err != nil || begin.Year() < 1 {
			continue // the adapter lets no such date through
		}
		events = append(events, dayEvent(source, site, begin, counted.GetCount(), observed))
	}
	return events
}

// dayEvent is a whole day's if the day was over when it was seen, in UTC. One
// that goes on is marked and ends with the look at it.
func dayEvent(source string, site Site, begin time.Time, views float64, observed time.Time) *eventv1.Event {
	e := snapshot(source, site, observed, map[string]float64{"day_pageviews": views})
	date := begin.Format(time.DateOnly)
	e.NativeId = site.ID + "/pageviews/" + date
	e.Labels["range"], e.Labels["day"] = daySpan, date
	e.Title = fmt.Sprintf("%s: %s page views on %s", site, number(views), date)
	if begin.Before(observed) {
		e.GetTraffic().WindowStart = timestamppb.New(begin)
	}
	if end := begin.Add(day); !end.After(observed) {
		e.OccurredAt = timestamppb.New(end)
		e.GetTraffic().WindowEnd = e.GetOccurredAt()
		return e
	}
	e.Labels[partialLabel] = "true"
	e.Title += " so far"
	return e
}
