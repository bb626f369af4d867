package engine_test

import "testing"

// Where two clauses stand against an event, the first one decides.
func TestEvent_ClausesDecideInTheirOrder(t *testing.T) {
	t.Parallel()
	const (
		count  = "\ncount: {at_least: 2, within: 1h}"
		unless = "\nunless: event.entity == 'x'"
		given  = "\ngiven: [{on: traffic, key: [event.entity], within: 15m}]"
		flap   = "\nflap: {at_least: 2, within: 1h}"
		hold   = "\nhold: {for: 10m, until: event.entity == 'x'}"
		mute   = "\nmute: [morning]"
		cool   = "\ncooldown: 1h"
		limits = "\nlimits: [{max: 1, per: 1h}]"
		never  = "\ndo: [{pause_alert: {source: anodot-prod, alert_id: z, for: 1h}}]"
	)
	one, two := list(anomaly("a", "10:00")), list(anomaly("a", "09:59"), anomaly("b", "10:00"))
	tell(t, []story{
		{name: "count, unless", rule: "on: [anomaly]" + unless + count, events: one, want: []string{"a HELD_COUNT count 1 of 2"}},
		{name: "unless, given", rule: "on: [anomaly]" + given + unless, events: one, want: []string{"a UNLESS event.entity == 'x'"}},
		{name: "given, flap", rule: "on: [anomaly]" + flap + given, events: one, want: []string{"a HELD_GIVEN no traffic within 15m"}},
		{name: "flap, hold", rule: "on: [anomaly]" + hold + flap, events: one, want: []string{"a HELD_FLAP closed 0 of 2"}},
		{name: "hold, mute", rule: "on: [anomaly]" + mute + hold, events: one, want: []string{"a HELD_HOLD its own event ends it"}},
		{name: "mute, cooldown", rule: "on: [anomaly]" + cool + mute, events: two, want: []string{"a FIRED", "b MUTED morning until 10:30 UTC"}},
		{name: "cooldown, limits", rule: "on: [anomaly]" + limits + cool, events: two, want: []string{"a FIRED", "b HELD_COOLDOWN cooldown until 2026-01-05T10:59:00Z"}},
		{
			name: "limits, safety", rule: "on: [anomaly]" + limits + never, events: two, settings: propertySettings(),
			want: []string{"a REFUSED_SAFETY alert z is never touched: safety.never.ids", "b HELD_LIMIT limit 1 per 1h until 2026-01-05T10:59:00Z"},
		},
		{
			name: "safety, mode", rule: "on: [anomaly]\nmode: shadow" + never, events: one, settings: propertySettings(),
			want: []string{"a REFUSED_SAFETY alert z is never touched: safety.never.ids"},
		},
	})
}
