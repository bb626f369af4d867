package anodot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/poll"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot/firing"
)

// ConvertFirings turns a page of firings that was seen at observed into events.
func ConvertFirings(source string, page *anodotv1.ListTriggeredAlertsResponse, observed time.Time) poll.Batch {
	var batch poll.Batch
	for _, alert := range page.GetAlerts() {
		f := firingOf(source, alert)
		if reason, detail := f.Fault(); reason != "" {
			batch.Reject(reason, fmt.Sprintf("firing %q: %s", alert.GetId(), detail), record(map[string]string{
				"id": f.ID, "groupId": f.GroupID, "alertConfigurationId": f.AlertID, "title": f.Title,
			}))
			continue
		}
		events := firing.Events(f, observed)
		batch.Events = append(batch.Events, events...)
		if f.Phase != eventv1.Phase_PHASE_CLOSED {
			batch.Follow(events[0].GetId(), f.Started)
		}
	}
	reject(&batch, "firing", page.GetRejected())
	return batch
}

// record stands in for the vendor's JSON of what has been read: the fields that
// tell it from others.
func record(fields map[string]string) string {
	data, err := json.Marshal(fields)
	if err != nil { // never, of texts
		return ""
	}
	return string(data)
}

// reject adds what the adapter could not read.
func reject(batch *poll.Batch, what string, rejected []*anodotv1.RejectedRecord) {
	for _, r := range rejected {
		batch.Reject("unreadable", what+" "+strconv.Itoa(int(r.GetIndex()))+": "+r.GetReason(), r.GetRaw())
	}
}

func firingOf(source string, alert *anodotv1.TriggeredAlert) firing.Firing {
	f := firing.Firing{
		Source: source, ID: alert.GetId(), GroupID: alert.GetGroupId(), AlertID: alert.GetAlertConfigurationId(),
		Title: alert.GetTitle(), Severity: event.ParseSeverity(word(alert.GetSeverity())),
		Labels: map[string]string{
			"time_scale": word(alert.GetTimeScale()), "alert_type": firing.AlertType(alert.GetType()),
			"alert_labels": labelsOf(alert),
		},
		Phase:   phaseOf(alert.GetStatus()),
		Started: timeOf(alert.GetStartTime()), Ended: timeOf(alert.GetEndTime()),
		Metric: leadOf(alert.GetMetrics()),
	}
	if f.Ended.IsZero() {
		f.Ended = timeOf(alert.GetUpdateTime())
	}
	return f
}

func phaseOf(status anodotv1.TriggerStatus) eventv1.Phase {
	switch status {
	case anodotv1.TriggerStatus_TRIGGER_STATUS_CLOSE:
		return eventv1.Phase_PHASE_CLOSED
	case anodotv1.TriggerStatus_TRIGGER_STATUS_UPDATE:
		return eventv1.Phase_PHASE_UPDATED
	default:
		return eventv1.Phase_PHASE_OPEN
	}
}

// labelsOf joins the names of the alert's labels in the order of the alphabet.
func labelsOf(alert *anodotv1.TriggeredAlert) string {
	var names []string
	for _, label := range alert.GetLabels() {
		if label.GetName() != "" {
			names = append(names, label.GetName())
		}
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// leadOf returns the metric of the highest score in whole percent, the first of equals,
// with the span in which it had it.
func leadOf(metrics []*anodotv1.TriggeredMetric) firing.Metric {
	var lead firing.Metric
	isFirst := true
	for _, m := range metrics {
		name := m.GetName()
		if name == "" {
			name = m.GetWhat()
		}
		if lead.Name == "" {
			lead.Name = name
		}
		i := strongest(m.GetIntervals())
		if i == nil || !isFirst && firing.InPercent(i.GetScore()) <= firing.InPercent(lead.Score) {
			continue
		}
		isFirst = false // the firings of a static threshold have no score
		lead = firing.Metric{
			Name: name, AnomalyID: i.GetAnomalyId(), Direction: i.GetDirection(), Peak: i.GetPeak(), Score: i.GetScore(),
		}
	}
	return lead
}

// strongest returns the span of the highest score, the first of equals, nil for none.
func strongest(intervals []*anodotv1.TriggeredInterval) (best *anodotv1.TriggeredInterval) {
	for _, i := range intervals {
		if best == nil || i.GetScore() > best.GetScore() {
			best = i
		}
	}
	return best
}

// word returns the vendor's word for a value, "" for none.
func word(value protoreflect.Enum) string {
	described := value.Descriptor().Values().ByNumber(value.Number())
	if described == nil {
		return ""
	}
	text, _ := proto.GetExtension(described.Options(), anodotv1.E_Word).(string)
	return text
}

func timeOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
