package rule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

func lint(t *testing.T, text string) []string {
	t.Helper()
	set, err := load(text)
	require.NoError(t, err, text)
	lines := []string{}
	for _, w := range rule.Lint(set, rule.Surroundings{
		Sources: catalog().Sources, Wait: map[event.Kind]time.Duration{event.KindTraffic: 2 * time.Minute},
	}) {
		lines = append(lines, w.String())
	}
	return lines
}

func TestLint_ConditionsThatNoEventMeets(t *testing.T) {
	t.Parallel()
	for condition, why := range map[string]string{
		"event.severity == CRITICAL && event.severity == HIGH":                  "event.severity cannot be two things at once",
		"event.severity in [CRITICAL, HIGH] && event.severity in [LOW, MEDIUM]": "event.severity cannot be two things at once",
		"event.severity in [CRITICAL] && event.severity != CRITICAL":            "event.severity cannot be what another part excludes",
		`labels.site == "a" && event.id != "" && labels.site == "b"`:            "labels.site cannot be two things at once",
		`labels.site in ["a", "b"] && !(labels.site in ["b", "a", "c"])`:        `labels.site cannot be "a" or "b", which another part excludes`,
		`labels.site == "shop" && labels.site.startsWith("blog")`:               `labels.site cannot be "shop", which another part excludes`,
		`labels.site.startsWith("shop") && labels.site.startsWith("blog")`:      "labels.site cannot begin in two ways",
		`!has(labels.site) && labels.site != "a"`:                               "labels.site cannot be compared where it is not there",
		"has(labels.site) && !has(labels.site)":                                 "labels.site cannot be compared where it is not there",
		"anomaly.score > 0.9 && anomaly.score < 0.5":                            "anomaly.score cannot be above 0.9 and below 0.5",
		"anomaly.score > 0.5 && anomaly.score <= 0.5":                           "anomaly.score cannot be above 0.5 and below 0.5",
		"anomaly.score == 0.9 && anomaly.score < 0.5":                           "anomaly.score cannot be what another part excludes",
		"false":                                 "the condition is false whatever the event is",
		`event.id == "a" && 1 > 2`:              "the condition is false whatever the event is",
		`event.source == "anodot-prd"`:          `event.source is to be "anodot-prd", which is not configured`,
		`event.source in ["anodot", "anomify"]`: `event.source is to be "anodot" or "anomify", which is not configured`,
	} {
		lines := lint(t, anomalies("when: '"+condition+"'"))
		require.Len(t, lines, 1, condition)
		require.Contains(t, lines[0], "rules.yaml:5:11: warning: rule one: ")
		require.Contains(t, lines[0], why)
	}
	for _, condition := range []string{
		"true", "event.severity == CRITICAL || event.severity == HIGH", "event.severity != CRITICAL && event.severity != HIGH",
		`event.title == "" && !has(event.title)`, "anomaly.score >= 0.5 && anomaly.score <= 0.5", `labels.site != "a" && labels.site != "b"`,
		`labels.site.startsWith("shop") && labels.site.startsWith("shop-a")`, `event.source in ["anodot", "anodot-prod"]`,
		`event.source != "other"`, `labels.a == "a" && labels.b == "b"`,
	} {
		require.Empty(t, lint(t, anomalies("when: '"+condition+"'")), condition)
	}
}

func TestLint_Warnings(t *testing.T) {
	t.Parallel()
	given := "given: [{on: traffic, key: [event.entity], within: 1h, wait: %s}]"
	flap := "flap: {at_least: 2, within: 1h}\n    when: "
	window := "mute_windows:\n  a: {from: '00:00', to: '00:00', days: [mon-fri]}\n  b: {from: '00:00', to: '%s', days: [sat-sun]}\n"
	mute := anomalies("mute: [a, b]") + window
	for _, c := range []struct{ text, want string }{
		{strings.Replace(anomalies("cooldown: 1h"), "shadow", "off", 1), "rules.yaml:3:11: warning: rule one: mode is off: the rule judges nothing [rule-is-off]"},
		{anomalies(strings.Replace(given, "%s", "1m", 1)), "5:13: warning: rule one: given[0] waits 1m: a cause of kind traffic may arrive 2m after it happened"},
		{anomalies(strings.Replace(given, "%s", "2m", 1)), ""},
		{anomalies("given: [{on: traffic, where: 'event.severity == LOW && event.severity == HIGH', key: [event.entity], within: 1h}]"), "5:13: warning: rule one: no event matches: event.severity"},
		{anomalies(flap + "anomaly.phase == CLOSED"), "5:11: warning: rule one: when lets closed anomalies through only"},
		{anomalies(flap + "anomaly.phase != CLOSED"), "5:11: warning: rule one: when lets open anomalies through only"},
		{anomalies(flap + "anomaly.phase in [OPEN, CLOSED]"), ""},
		{anomalies(flap + "anomaly.score > 0.5"), ""},
		{strings.Replace(mute, "%s", "00:00", 1), "5:11: warning: rule one: the mute windows leave no minute of the week open: the rule never fires [always-muted]"},
		{strings.Replace(mute, "%s", "23:59", 1), ""},
		{strings.Replace(valid("")+window, "%s", "23:59", 1), "6:3: warning: no rule names mute window a [unused-window]\nrules.yaml:7:3: warning: no rule names mute window b [unused-window]"},
	} {
		all := strings.Join(lint(t, c.text), "\n")
		require.Equal(t, c.want == "", all == "", all)
		require.Contains(t, all, c.want)
	}
}

func TestLint_RulesThatSayTheSame(t *testing.T) {
	t.Parallel()
	twin := func(name, more string) string {
		return "  - name: " + name + "\n    mode: auto\n    on: [anomaly]\n    when: anomaly.score > 0.5\n    do: [{publish: {subject: a}}]\n" + more
	}
	require.Equal(t, []string{
		"rules.yaml:7:11: warning: rule b: it says what rule a in rules.yaml:2 says: both act on every event [same-rule]",
		"rules.yaml:13:11: warning: rule c: it does what rule a in rules.yaml:2 does, with the same on, when and key: both may act on one event [same-actions]",
	}, lint(t, "rules:\n"+twin("a", "")+twin("b", "    description: other words\n")+twin("c", "    cooldown: 1h\n")))
	require.Empty(t, lint(t, "rules:\n"+twin("a", "")+strings.Replace(twin("b", ""), "0.5", "0.6", 1)+strings.Replace(twin("c", ""), "auto", "shadow", 1)))
}
