package router

import (
	"time"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/event"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// Settings returns what the engine needs of the configuration.
//
// A judgement waits for its cause for the longest poll interval of the sources
// that produce the cause's kind, and a little longer: pollers vary their
// interval by a twentieth either way, and a poll takes its time before its
// events are on the stream. A tenth of the interval and a second cover both. A
// vendor that takes longer to answer needs `wait` in the rule.
func Settings(cfg config.Config) engine.Settings {
	wait := map[event.Kind]time.Duration{}
	for _, source := range cfg.Sources {
		every := source.Poll.Every
		for _, kind := range produces(source) {
			wait[kind] = max(wait[kind], every+every/10+pollTime)
		}
	}
	return engine.Settings{
		MaxLateness: cfg.Engine.MaxLateness, Reorder: cfg.Engine.Reorder, Wait: wait,
		Safety: safety(cfg.Safety), MaxKeys: cfg.Engine.MaxKeysPerRule,
	}
}

// isLimited reports whether there is anything that no rule may do. What a file
// says always is; the zero value, of which a file cannot be, limits nothing.
func isLimited(s config.Safety) bool {
	return s.MaxPausedAlerts > 0 || s.MaxPausedPercent > 0 || s.MaxActionsPerHour > 0
}

func safety(s config.Safety) *engine.Safety {
	if !isLimited(s) {
		return nil
	}
	return &engine.Safety{
		MaxPaused:         engine.Share{Number: s.MaxPausedAlerts, Percent: s.MaxPausedPercent},
		MaxActionsPerHour: s.MaxActionsPerHour,
		Never:             neverOf(s),
	}
}

// producedByAnodot leaves out the totals of data streams: of several, each is
// counted in its turn, and for that no judgement waits.
func producedByAnodot(account config.Anodot) []event.Kind {
	kinds := []event.Kind{event.KindFeedback}
	listsFirings := account.TriggeredAlerts == config.TriggeredLean || account.TriggeredAlerts == config.TriggeredGroups
	if listsFirings || account.Anomalies {
		kinds = append(kinds, event.KindAnomaly)
	}
	return kinds
}

// never says why an alert must not be touched, by its configuration as it was read
// at the vendor: the engine knows it as it was when the inventory was read, and not
// at all before that.
func never(s config.Safety) func(*anodotv1.Alert) string {
	lists := neverOf(s)
	return func(alert *anodotv1.Alert) string { return lists.Refusal(alert.GetId(), known(alert)) }
}

func neverOf(s config.Safety) engine.Never {
	return engine.Never{IDs: s.Never.IDs, Titles: s.Never.Titles, Severities: s.Never.Severities, Labels: s.Never.Labels}
}

// pollTime is what a poll usually takes at most.
const pollTime = time.Second

// produces returns the kinds of event that the source's poller publishes.
func produces(source config.Source) []event.Kind {
	switch source.Vendor {
	case eventv1.Vendor_VENDOR_ANODOT:
		return producedByAnodot(source.Anodot)
	case eventv1.Vendor_VENDOR_ANOMIFY:
		return []event.Kind{event.KindAnomaly}
	case eventv1.Vendor_VENDOR_ANURA, eventv1.Vendor_VENDOR_ANALYTICS:
		return []event.Kind{event.KindTraffic}
	case eventv1.Vendor_VENDOR_SECURE_REPORTER:
		var kinds []event.Kind
		for _, report := range source.Reports {
			if kind, ok := event.ParseKind(report.Event.Kind); ok {
				kinds = append(kinds, kind)
			}
		}
		return kinds
	default:
		return nil
	}
}
