package analytics

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/poll"
	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Site is what figures are about.
type Site struct {
	// ID is the vendor's.
	ID string
	// Name and Domain are "" where the vendor was not asked.
	Name, Domain string
}

// realtimeWindow is what the vendor counts present visitors over. A figure of
// another five minutes is another fact, also if it is the same number.
const realtimeWindow = 5 * time.Minute

// ConvertRealtime turns the present visitors that were seen at observed into
// an event, which has no id yet.
func ConvertRealtime(source string, site Site, answer *analyticsv1.GetRealtimeResponse, observed time.Time) *eventv1.Event {
	e := snapshot(source, site, observed, map[string]float64{"active_visitors": answer.GetActiveVisitors()})
	e.NativeId = site.ID + "/realtime/" + observed.UTC().Truncate(realtimeWindow).Format("2006-01-02T15:04Z")
	e.Title = fmt.Sprintf("%s: %s active visitors", site, number(answer.GetActiveVisitors()))
	e.Raw = poll.Raw(answer.GetRaw())
	return e
}

// ConvertStats turns the totals of the last days that were seen at observed
// into an event, which has no id yet.
func ConvertStats(source string, site Site, answer *analyticsv1.GetSiteStatsResponse, observed time.Time) *eventv1.Event {
	measures := map[string]float64{
		"visitors":                 answer.GetVisitors(),
		"pageviews":                answer.GetPageviews(),
		"bounce_ratio":             answer.GetBounceRate() / 100,
		"average_duration_seconds": answer.GetAverageDuration(),
	}
	for _, r := range answer.GetRejected() {
		delete(measures, rejectedMeasure(r.GetIndex()))
	}
	e := snapshot(source, site, observed, measures)
	e.NativeId = site.ID + "/stats/" + statsSpan + "/" + observed.UTC().Format(time.DateOnly)
	e.Labels["range"] = statsSpan
	e.Title = fmt.Sprintf("%s: %s visitors, %s page views in %d days",
		site, number(answer.GetVisitors()), number(answer.GetPageviews()), statsDays)
	e.Raw = poll.Raw(answer.GetRaw())
	return e
}

// rejectedMeasure names the measure of a figure that could not be read, "" for
// one of the vendor's lists, which no event has: absent is not the same as 0.
func rejectedMeasure(index int32) string {
	switch index {
	case 2:
		return "bounce_ratio"
	case 3:
		return "average_duration_seconds"
	default:
		return ""
	}
}

// rejectedMeasures returns what of an event could not be read.
func rejectedMeasures(rejected []*analyticsv1.RejectedRecord) []*analyticsv1.RejectedRecord {
	return slices.DeleteFunc(slices.Clone(rejected), func(r *analyticsv1.RejectedRecord) bool {
		return rejectedMeasure(r.GetIndex()) == ""
	})
}

// reject adds what the adapter could not read of a part of the account.
func reject(batch *poll.Batch, part, what string, rejected []*analyticsv1.RejectedRecord) {
	for _, r := range rejected {
		batch.RejectOf(part, "unreadable", fmt.Sprintf("%s %d: %s", what, r.GetIndex(), r.GetReason()), r.GetRaw())
	}
}

// snapshot has no start: the vendor names none, and its ranges end with the
// present.
func snapshot(source string, site Site, observed time.Time, measures map[string]float64) *eventv1.Event {
	seen := timestamppb.New(observed)
	return &eventv1.Event{
		Source:     source,
		Vendor:     eventv1.Vendor_VENDOR_ANALYTICS,
		OccurredAt: seen,
		ObservedAt: seen,
		Entity:     "site:" + site.ID,
		Labels:     site.labels(),
		Payload:    &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{WindowEnd: seen, Measures: measures}},
	}
}

func (s Site) labels() map[string]string {
	labels := map[string]string{"site": s.ID}
	if s.Name != "" {
		labels["site_name"] = s.Name
	}
	if s.Domain != "" {
		labels["domain"] = s.Domain
	}
	return labels
}

// String names the site for people.
func (s Site) String() string { return cmp.Or(s.Name, s.ID) }

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
