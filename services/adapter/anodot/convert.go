package anodot

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

var (
	errNoID            = errors.New("has no id")
	errNoTotal         = errors.New("has no total")
	errNoConfiguration = errors.New("alert has no configuration")

	// anomalyLink finds the anomaly in a link of the form
	// …/#!/anomalies?…&anomalies=;0(<hex>)&…; everything is behind the #, where
	// a URL parser sees no query.
	anomalyLink = regexp.MustCompile(`[?&]anomalies=;\d+\(([0-9a-fA-F-]{8,64})\)`)
	// alertLink finds the configuration in …/#!/alerts/<id> and in the newer
	// …/#!/r/alert-manager/edit/<id>/settings.
	alertLink = regexp.MustCompile(`#!/(?:alerts|r/alert-manager/edit)/([^/?&#\s]+)`)
	bareID    = regexp.MustCompile(`^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// alertOf reads an alert configuration. Only the id is indispensable.
func alertOf(record json.RawMessage) (*anodotv1.Alert, error) {
	var w wireAlert
	if err := json.Unmarshal(record, &w); err != nil {
		return nil, fmt.Errorf("alert is no object with an id: %w", err)
	}
	if w.ID == "" {
		return nil, errors.New("alert has no id")
	}
	var configuration wireConfiguration
	lenient(w.Configuration, &configuration)
	var state wireState
	lenient(w.State, &state)
	alert := &anodotv1.Alert{
		Id:       string(w.ID),
		Title:    textOf(configuration.Title),
		Severity: strings.ToLower(textOf(configuration.Severity)),
		Owner:    textOf(configuration.Owner),
		Types:    textsOf(configuration.Type),
		State:    textOf(state.State),
	}
	for _, label := range configuration.Labels {
		if name := labelOf(label); name != "" {
			alert.Labels = append(alert.Labels, name)
		}
	}
	var pausedAt epoch
	lenient(state.PausedTime, &pausedAt)
	var isKnown bool
	alert.Paused, isKnown = isPaused(alert.GetState(), pausedAt)
	alert.StateUnknown = !isKnown
	if alert.GetPaused() {
		alert.PausedAt = pausedAt.timestamp()
		alert.PausedBy = textOf(state.PausedBy)
	}
	return alert, nil
}

// fullAlertOf reads an alert with its configuration and all that comes with it.
// The owner is the alert's, not the configuration's: the vendor does not take
// it back.
func fullAlertOf(record json.RawMessage) (*anodotv1.Alert, error) {
	alert, err := alertOf(record)
	if err != nil {
		return nil, err
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(record, &parts); err != nil {
		return nil, err
	}
	configuration, meta := new(anodotv1.AlertConfiguration), new(anodotv1.AlertMeta)
	if takePart(parts, "configuration", configuration) {
		delete(configuration.GetExtra().GetFields(), ownerField)
		if len(configuration.GetExtra().GetFields()) == 0 {
			configuration.Extra = nil
		}
		alert.Configuration = configuration
	}
	if takePart(parts, "meta", meta) {
		alert.Meta = meta
	}
	if validation := new(anodotv1.AlertValidation); takePart(parts, "validation", validation) {
		alert.Validation = validation
	}
	alert.ResumeAt = resumeAt(parts["state"])
	delete(parts, "id")
	return alert, keepRest(alert, parts)
}

// writtenAlertOf is fullAlertOf with the configuration as the vendor writes it,
// too; an alert without one has none.
func writtenAlertOf(record json.RawMessage) (*anodotv1.Alert, error) {
	alert, err := fullAlertOf(record)
	if err != nil {
		return nil, err
	}
	var parts struct {
		Configuration json.RawMessage `json:"configuration"`
	}
	fields := new(structpb.Struct)
	if json.Unmarshal(record, &parts) == nil && fields.UnmarshalJSON(parts.Configuration) == nil {
		alert.Fields = fields
	}
	return alert, nil
}

// takePart reads the part into m and takes it out of the parts. One that is no
// object stays.
func takePart(parts map[string]json.RawMessage, name string, m proto.Message) bool {
	if readObject(parts[name], m) != nil {
		return false
	}
	delete(parts, name)
	return true
}

func resumeAt(record json.RawMessage) *timestamppb.Timestamp {
	var state struct {
		ResumeTime json.RawMessage `json:"resumeTime"`
	}
	lenient(record, &state)
	var at epoch
	lenient(state.ResumeTime, &at)
	return at.timestamp()
}

// keepRest keeps the parts of an alert that have no field, the state as the
// vendor wrote it among them.
func keepRest(alert *anodotv1.Alert, parts map[string]json.RawMessage) error {
	if len(parts) == 0 {
		return nil
	}
	rest, err := json.Marshal(parts)
	if err != nil {
		return err
	}
	object, err := codec().Parse(rest)
	if err != nil {
		return fmt.Errorf("alert %w", err)
	}
	alert.Extra, err = structpb.NewStruct(object)
	return err
}

// isPaused reads the vendor's word. `active` is the one known word of a
// running alert and the document's table says "paused/live"; under any other
// word, or none, the time of a pause tells that there is one. Without it nothing is
// known: that it runs would lift caps and end leases of what may well be paused.
func isPaused(word string, pausedAt epoch) (paused, isKnown bool) {
	word = strings.ToLower(word)
	switch {
	case strings.Contains(word, "paus"):
		return true, true
	case word == "active" || word == "live" || word == "running":
		return false, true
	default:
		return pausedAt.isSet(), pausedAt.isSet()
	}
}

// feedbackOf reads a verdict. One whose alerts are unreadable in part comes
// back with the others, together with the error.
func feedbackOf(record json.RawMessage) (*anodotv1.Feedback, error) {
	var w wireFeedback
	if err := json.Unmarshal(record, &w); err != nil {
		return nil, fmt.Errorf("feedback cannot be read: %w", err)
	}
	switch {
	case w.ID == "":
		return nil, errors.New("feedback has no id")
	case !w.CreatedTime.isSet():
		return nil, errors.New("feedback has no createdTime")
	}
	feedback := &anodotv1.Feedback{
		Id:         string(w.ID),
		Type:       normalizeType(w.Type),
		Comment:    w.Comment,
		CreatedAt:  w.CreatedTime.timestamp(),
		User:       w.UserName,
		AnomalyUrl: w.AnomalyID,
		AnomalyId:  firstMatch(anomalyLink, w.AnomalyID),
		Raw:        adapter.Raw(string(record)),
	}
	var faults []error
	for i, raw := range w.Alerts {
		alert, err := feedbackAlertOf(raw)
		if err != nil {
			faults = append(faults, fmt.Errorf("alerts[%d]: %w", i, err))
			continue
		}
		feedback.Alerts = append(feedback.Alerts, alert)
	}
	if len(faults) > 0 && len(feedback.GetAlerts()) == 0 {
		return nil, errors.Join(faults...)
	}
	return feedback, errors.Join(faults...)
}

func feedbackAlertOf(record json.RawMessage) (*anodotv1.FeedbackAlert, error) {
	var w wireFeedbackAlert
	if err := json.Unmarshal(record, &w); err != nil {
		return nil, fmt.Errorf("alert cannot be read: %w", err)
	}
	id := firstMatch(alertLink, w.ID)
	if bareID.MatchString(w.ID) {
		id = w.ID
	}
	if id == "" {
		return nil, errors.New("the link in Id holds no configuration id")
	}
	return &anodotv1.FeedbackAlert{
		AlertId:   id,
		Url:       w.ID,
		Name:      w.AlertName,
		StartedAt: w.StartTime.timestamp(),
		EndedAt:   w.EndTime.timestamp(),
		Status:    statusOf(w.Status),
		Owner:     w.Owner,
	}, nil
}

// statusOf maps the CLOSED of other vendor pages to the document's CLOSE.
func statusOf(word string) string {
	word = strings.ToUpper(word)
	if word == "CLOSED" {
		return "CLOSE"
	}
	return word
}

// normalizeType maps the spellings that are known of the two verdicts, the
// vendor's own NOT_INTERESETING among them; another word stays as it is.
func normalizeType(word string) string {
	letters := strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, word)
	switch letters {
	case "GOODCATCH":
		return "GOOD_CATCH"
	case "NOTINTERESTING", "NOTINTERESETING":
		return "NOT_INTERESTING"
	default:
		return word
	}
}

func firstMatch(pattern *regexp.Regexp, text string) string {
	if match := pattern.FindStringSubmatch(text); match != nil {
		return match[1]
	}
	return ""
}

// lenient decodes what decodes; v is left as it is otherwise.
func lenient[T any](raw json.RawMessage, v *T) {
	var read T
	if json.Unmarshal(raw, &read) == nil {
		*v = read
	}
}

func textOf(raw json.RawMessage) string {
	var text string
	lenient(raw, &text)
	return text
}

// textsOf reads an array of texts, or one text, which the document's tables
// make of them.
func textsOf(raw json.RawMessage) []string {
	var texts []string
	lenient(raw, &texts)
	if text := textOf(raw); text != "" {
		texts = []string{text}
	}
	return texts
}

func labelOf(raw json.RawMessage) string {
	var label struct {
		Name string `json:"name"`
	}
	lenient(raw, &label)
	if label.Name != "" {
		return label.Name
	}
	return textOf(raw)
}
