package replay

import (
	"fmt"
	"strings"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/anomify"
	"github.com/signalbox-io/signalbox/services/simulator/anura"
	"github.com/signalbox-io/signalbox/services/simulator/securereporter"
)

// owner owns the alerts that recorded verdicts are about.
const owner = "Recorded data"

func (r *Replay) applyAnomaly(c Clock, id int64, l anomalyLine) {
	r.sim.Anomify.AddAnomaly(anomify.Anomaly{
		ID:     id,
		Metric: l.Metric,
		Value:  *l.Value,
		Score:  *l.Score,
		At:     c.Wall(l.TS),
	})
}

func (r *Replay) applyFeedback(c Clock, l feedbackLine) {
	// Lines without a readable start have not been loaded.
	start, _ := l.anomalyStart()
	anomaly := AnomalyHex(l.AnomalyID)
	r.sim.Anodot.AddFeedback(anodot.Feedback{
		ID:          FeedbackID(l.ID),
		Type:        l.Verdict,
		CreatedTime: c.WallSeconds(l.TS),
		UserName:    l.User + "@example.com",
		AnomalyID:   anodot.AnomalyLink(anomaly, uuidOf("trigger", l.AnomalyID)),
		Alerts: []anodot.FeedbackAlert{{
			ID:         anodot.AlertLink(AlertID(l.Alert)),
			EmailID:    anomaly[:5],
			AlertName:  l.Alert,
			StartTime:  c.WallSeconds(start),
			Status:     "OPEN",
			AlertOwner: owner,
		}},
	})
}

// anomalyStart is the time at the end of an anomaly_id, which is
// "detector|metric|time".
func (l feedbackLine) anomalyStart() (time.Time, error) {
	at := strings.LastIndexByte(l.AnomalyID, '|')
	start, err := time.Parse(time.RFC3339, l.AnomalyID[at+1:])
	if err != nil {
		return time.Time{}, fmt.Errorf("anomaly_id %q does not end in a time: %w", l.AnomalyID, err)
	}
	return start, nil
}

func (r *Replay) applyInvalid(c Clock, l invalidLine) {
	at := c.Wall(l.TS)
	place := anura.Place{Instance: Instance, Source: source, Campaign: l.Site}
	r.sim.Anura.AddCounts(place, at, anura.Counts{Suspect: *l.Invalid, NonSuspect: *l.Total - *l.Invalid})
	r.sim.SecureReporter.AddRow(BotMinutes, securereporter.Row{At: at, Columns: map[string]any{
		"id":       l.ID,
		"site":     l.Site,
		"minute":   securereporter.NaiveTime(at),
		"requests": *l.Total,
		"bots":     *l.Invalid,
		"share":    *l.Share,
	}})
}

func (r *Replay) applyMinute(c Clock, l minuteLine) {
	r.sim.Analytics.SetRealtime(l.site, analytics.Realtime{
		ActiveVisitors: l.browser,
		ActivePages:    []analytics.ActivePage{{Path: "/", Visitors: l.browser}},
	})
	hits := analytics.Hits{
		Visitors:  l.browser,
		Pageviews: l.requests,
		Pages:     map[string]int{"/": l.requests},
		Browsers:  map[string]int{"Bot": l.bot, "Other": l.browser},
	}
	if l.topCountry != "" {
		hits.Countries = map[string]int{l.topCountry: l.topCountryRequests}
	}
	r.sim.Analytics.AddHits(l.site, c.Wall(l.ts), hits)
}
