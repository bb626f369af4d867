package webhook

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot/firing"
)

// maxAlerts is the most firings that a push may have. One that is whole takes so
// much room that fewer fill the largest push; what has more is something else, of
// which not every piece becomes a dead letter.
const maxAlerts = 1000

// Refusal is how a push is answered that holds no firing that can be read.
type Refusal struct {
	// Code is the HTTP status.
	Code int
	// Text says what is wrong.
	Text string
}

// Convert turns a push that arrived at observed into events and dead letters.
// There is a refusal if and only if there is no event; the push is among the
// dead letters then.
func Convert(source string, body []byte, observed time.Time) (poll.Batch, *Refusal) {
	var batch poll.Batch
	var p push
	if err := json.Unmarshal(body, &p); err != nil {
		batch.Reject("unreadable", "the push is no JSON object of the vendor's template: "+err.Error(), string(body))
		return batch, &Refusal{http.StatusBadRequest, "the push is no JSON object of the vendor's template"}
	}
	switch n := len(p.Alerts); {
	case n > maxAlerts:
		batch.Reject("unreadable", fmt.Sprintf("the push has %d alerts, of which %d are taken at most", n, maxAlerts), string(body))
		return batch, &Refusal{http.StatusUnprocessableEntity, "the push has too many alerts"}
	case n == 0:
		batch.Reject("no_alert", "the push has no list of alerts, or an empty one", string(body))
		return batch, &Refusal{http.StatusUnprocessableEntity, "the push has no alerts"}
	}
	for i, raw := range p.Alerts {
		convertAlert(&batch, source, p, i, raw, observed)
	}
	if len(batch.Events) == 0 {
		return batch, refuse(batch)
	}
	return batch, nil
}

// refuse says what is wrong with the first firing of a push that has no good
// one.
func refuse(batch poll.Batch) *Refusal {
	return &Refusal{http.StatusUnprocessableEntity, "no alert of the push can be read; the first: " + batch.Rejected[0].Detail}
}

func convertAlert(batch *poll.Batch, source string, p push, i int, raw json.RawMessage, observed time.Time) {
	var a alert
	if err := json.Unmarshal(raw, &a); err != nil {
		batch.Reject("unreadable", fmt.Sprintf("alerts[%d] is no object of the vendor's template", i), string(raw))
		return
	}
	f := firingOf(source, p, a, string(raw))
	if reason, detail := f.Fault(); reason != "" {
		batch.Reject(reason, fmt.Sprintf("alerts[%d]: %s", i, detail), string(raw))
		return
	}
	batch.Events = append(batch.Events, firing.Events(f, observed)...)
}

func firingOf(source string, p push, a alert, raw string) firing.Firing {
	metrics := metricsOf(a)
	lead, started, ended := summary(metrics)
	if at := p.StartTimeEpoch.time(); !at.IsZero() {
		started = at
	}
	return firing.Firing{
		// What has no group, as firings of static thresholds may have none, is known
		// by its beginning.
		ID:     fmt.Sprintf("%d/%s", started.Unix(), a.AlertID),
		Source: source, AlertID: string(a.AlertID),
		GroupID:  string(cmp.Or(p.AlertGroupID, p.AnomalyID)),
		Title:    string(a.Title),
		URL:      string(cmp.Or(p.InvestigationURL, a.AlertSettingsURL)),
		Severity: event.ParseSeverity(string(cmp.Or(a.Severity, p.Severity))),
		Labels:   map[string]string{"time_scale": string(p.TimeScale), "alert_type": firing.AlertType(string(p.Type))},
		Phase:    phase(a.AlertStatus, p.AlertGroupStatus),
		Started:  started, Ended: ended,
		Metric: firing.Metric{
			Name: string(lead.Name), AnomalyID: string(p.AnomalyID), Direction: string(lead.Direction),
			Peak: float64(lead.Peak), Score: lead.score(),
		},
		Raw: raw,
	}
}

func metricsOf(a alert) []metric {
	var metrics []metric
	for _, raw := range a.Metrics {
		var m metric
		if json.Unmarshal(raw, &m) == nil { // one that cannot be read leads nothing
			metrics = append(metrics, m)
		}
	}
	return metrics
}

// summary returns the metric of the greatest significance in whole percent, the first of
// equals, with the first beginning and the last end of all of them.
func summary(metrics []metric) (lead metric, started, ended time.Time) {
	for i, m := range metrics {
		if i == 0 || firing.InPercent(m.score()) > firing.InPercent(lead.score()) {
			lead = m
		}
		began := m.StartTimeEpoch.time()
		if began.IsZero() {
			continue
		}
		if started.IsZero() || began.Before(started) {
			started = began
		}
		if end := (m.StartTimeEpoch + m.DurationInSeconds).time(); end.After(ended) {
			ended = end
		}
	}
	return lead, started, ended
}

// phase reads the status of a firing, or of its group where it has none. A group
// that is told again because it has changed tells of its open firings so.
func phase(alert, group text) eventv1.Phase {
	own := phaseOf(cmp.Or(alert, group))
	if own == eventv1.Phase_PHASE_OPEN && phaseOf(group) == eventv1.Phase_PHASE_UPDATED {
		return eventv1.Phase_PHASE_UPDATED
	}
	return own
}

// phaseOf reads a status, which the vendor writes OPEN, open, UPDATE, CLOSE,
// CLOSED or closed. Any other is that of a firing that goes on.
func phaseOf(status text) eventv1.Phase {
	switch strings.ToUpper(string(status)) {
	case "CLOSE", "CLOSED":
		return eventv1.Phase_PHASE_CLOSED
	case "UPDATE", "UPDATED":
		return eventv1.Phase_PHASE_UPDATED
	default:
		return eventv1.Phase_PHASE_OPEN
	}
}
