package match

import "github.com/signalbox-io/signalbox/pkg/expr"

// Slots of the fields that every event has or may have. Labels and measures
// that conditions read have slots behind them.
const (
	slotID = iota
	slotSource
	slotVendor
	slotNativeID
	slotOccurredAt
	slotObservedAt
	slotEntity
	slotSeverity
	slotTitle
	slotURL
	slotRaw
	slotMetric
	slotAlertID
	slotAnomalyID
	slotDetector
	slotScore
	slotValue
	slotLower
	slotUpper
	slotDirection
	slotPhase
	slotStartedAt
	slotEndedAt
	slotVerdict
	slotComment
	slotUser
	slotFeedbackAlertID
	slotAlertTitle
	slotFeedbackAnomalyID
	slotWindowStart
	slotWindowEnd
	slotAnomaly
	slotFeedback
	slotTraffic
	slotPaused
	fixedSlots
)

// fixedNames returns the attributes of the fixed slots.
func fixedNames() [fixedSlots]string {
	return [fixedSlots]string{
		"event.id", "event.source", "event.vendor", "event.native_id", "event.occurred_at", "event.observed_at",
		"event.entity", "event.severity", "event.title", "event.url", "event.raw",
		"anomaly.metric", "anomaly.alert_id", "anomaly.anomaly_id", "anomaly.detector", "anomaly.score",
		"anomaly.value", "anomaly.expected_lower", "anomaly.expected_upper", "anomaly.direction", "anomaly.phase",
		"anomaly.started_at", "anomaly.ended_at",
		"feedback.verdict", "feedback.comment", "feedback.user", "feedback.alert_id", "feedback.alert_title",
		"feedback.anomaly_id",
		"traffic.window_start", "traffic.window_end",
		"event.anomaly", "event.feedback", "event.traffic", "paused",
	}
}

// slots gives attributes their places in a matcher's values.
type slots struct {
	fixed    map[string]int32
	labels   map[string]int32
	measures map[string]int32
	// says tells by slot how has() asks: texts and enums must say something.
	says  []bool
	count int32

	labelList, measureList []entrySlot
}

// entrySlot is a map's key and its slot.
type entrySlot struct {
	key  string
	slot int32
}

func newSlots() *slots {
	s := &slots{fixed: map[string]int32{}, labels: map[string]int32{}, measures: map[string]int32{}}
	for i, name := range fixedNames() {
		s.fixed[name] = int32(i)
		a := expr.Attribute{Name: name}
		s.says = append(s.says, a.IsText() || a.IsEnum())
	}
	s.count = fixedSlots
	return s
}

// of returns the attribute's slot, a new one for a map entry that has none. An
// attribute that does not exist, which no program has, gives false.
func (s *slots) of(a expr.Attribute) (int32, bool) {
	entries, list := s.labels, &s.labelList
	switch a.Name {
	case "labels":
	case "traffic.measures":
		entries, list = s.measures, &s.measureList
	default:
		slot, ok := s.fixed[a.Name]
		return slot, ok
	}
	slot, ok := entries[a.Key]
	if !ok {
		slot = s.count
		entries[a.Key] = slot
		*list = append(*list, entrySlot{a.Key, slot})
		s.says = append(s.says, false)
		s.count++
	}
	return slot, true
}

// value is what an event has in a slot. Enums are numbers.
type value struct {
	text    string
	number  float64
	present bool
}

func textValue(s string) value { return value{text: s, present: true} }

func numberValue(f float64) value { return value{number: f, present: true} }
