package config

import (
	"cmp"

	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
)

// The words of Anodot's settings.
const (
	// FeedbackInBody asks for feedback with the window in the body of a GET, as
	// the vendor's document has it.
	FeedbackInBody = "body"
	// FeedbackInQuery asks with the window in the query.
	FeedbackInQuery = "query"
	// FeedbackInBoth asks with the window in both.
	FeedbackInBoth = "both"
	// TriggeredOff is an account that lists no firings.
	TriggeredOff = "off"
	// TriggeredLean is an account that lists firings one by one.
	TriggeredLean = "lean"
	// TriggeredGroups is an account that lists firings in groups.
	TriggeredGroups = "groups"
)

const (
	anodotApp     = "https://app.anodot.com"
	anodotMetrics = "https://api.anodot.com"
)

// Anodot is what only Anodot's accounts have.
type Anodot struct {
	// DataCollectionKey is the key for sending metrics; empty where none are
	// sent.
	DataCollectionKey Secret
	// MetricsURL is where metrics are sent, without a slash at its end.
	MetricsURL string
	// FeedbackWindow is one of FeedbackInBody, FeedbackInQuery, FeedbackInBoth.
	FeedbackWindow string
	// TriggeredAlerts is one of TriggeredOff, TriggeredLean, TriggeredGroups.
	TriggeredAlerts string
	// Anomalies reports whether the account lists anomalies.
	Anomalies bool
	// WebhookSecret is the end of the path on which the account's pushes are
	// taken; empty where none are.
	WebhookSecret Secret
}

func (c *checker) anodot(path string, m *configv1.Anodot, s *Source) Anodot {
	a := Anodot{
		MetricsURL:      metricsURLOf(s.BaseURL),
		FeedbackWindow:  cmp.Or(m.GetFeedbackWindow(), FeedbackInBody),
		TriggeredAlerts: cmp.Or(m.GetTriggeredAlerts(), TriggeredOff),
		Anomalies:       m.GetAnomalies(),
	}
	if m.GetMetricsUrl() != "" {
		a.MetricsURL = c.baseURL(path+".metrics_url", m.GetMetricsUrl(), m.GetInsecure())
	}
	if m.GetDataCollectionKey() != nil {
		a.DataCollectionKey = c.credential(path+".data_collection_key", m.GetDataCollectionKey(), s)
	}
	if m.GetWebhook() != nil && c.receives {
		a.WebhookSecret = c.webhookSecret(path+".webhook.path_secret", m.GetWebhook().GetPathSecret())
	}
	c.oneOf(path+".feedback_window", a.FeedbackWindow, FeedbackInBody, FeedbackInQuery, FeedbackInBoth)
	c.oneOf(path+".triggered_alerts", a.TriggeredAlerts, TriggeredOff, TriggeredLean, TriggeredGroups)
	return a
}

// metricsURLOf returns where the metrics of an account are sent by default: the
// vendor's document names the one host beside the other.
func metricsURLOf(baseURL string) string {
	if baseURL == anodotApp {
		return anodotMetrics
	}
	return baseURL
}
