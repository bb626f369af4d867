package rule_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// anomalies wraps lines into an otherwise good rule on anomalies.
func anomalies(lines string) string {
	return strings.Replace(valid("    "+lines+"\n"), "feedback", "anomaly", 1)
}

// action wraps an action, which begins in column 11, into a good rule.
func action(text string) string { return anomalies("do: [{" + text + "}]") }

func window(text string) string {
	return "mute_windows:\n  w: " + text + "\n"
}

type fault struct {
	text      string
	line, col int
	message   string
}

func requireFaults(t *testing.T, cases []fault) {
	t.Helper()
	for _, c := range cases {
		_, err := load(c.text)
		var all rule.Errors
		require.ErrorAs(t, err, &all, c.text)
		require.Len(t, all, 1, err.Error())
		require.Contains(t, all[0].Message, c.message)
		require.Equal(t, []int{c.line, c.col}, []int{all[0].Line, all[0].Column}, err.Error())
	}
}

func TestLoad_FaultsOfClauses(t *testing.T) {
	t.Parallel()
	requireFaults(t, []fault{
		{anomalies("unless: feedback.user == ''"), 5, 13, "feedback is not available"},
		{anomalies("unless: ''"), 5, 14, "the expression is empty"},
		{anomalies("unless: event.id"), 5, 13, "expected a condition"},
		{anomalies("count: {at_least: 2, within: 1h, distinct: labels}"), 5, 48, "expected a text"},
		{anomalies("count: {at_least: 2, within: 1h, distinct: ''}"), 5, 49, "the expression is empty"},
		{anomalies("count: {within: 1h}"), 5, 12, "at_least is missing: expected 1 to 10000"},
		{anomalies("given: [{on: traffic, key: [event.entity], within: 1h, at_least: 0}]"), 5, 70, "at_least is 0: expected 1 to 10000"},
		{anomalies("given: [{on: traffic, key: [event.entity], within: 1h, at_least: 10001}]"), 5, 70, "at_least is 10001"},
		{anomalies("given: [{on: traffic, key: [event.entity], within: 1h, absent: never}]"), 5, 68, "absent: expected true or false"},
		{anomalies("given: [{on: traffic, where: paused, key: [event.entity], within: 1h}]"), 5, 34, "paused"},
		{anomalies("hold: 5m"), 5, 11, "expected for or until, got \"5m\""},
		{anomalies("hold: {until: event.id == ''}"), 5, 11, "for is missing"},
		{anomalies("hold: {for: 0s}"), 5, 17, "for is 0s: expected more than 0s"},
		{anomalies("hold: {for: 1m, until: ''}"), 5, 29, "the expression is empty"},
		{anomalies("hold: {for: 1m, until: traffic.measures.x > 1}"), 5, 28, "traffic is not available"},
		{anomalies("flap: {at_least: 1, within: 1h}"), 5, 22, "at_least is 1: expected 2 to 10000"},
		{anomalies("flap: {at_least: 2}"), 5, 11, "within is missing"},
		{valid("    flap: {at_least: 2, within: 1h}\n"), 5, 11, "expected anomaly under on"},
		{anomalies("limits: [{per: 1h}]"), 5, 14, "max is missing: expected 1 to 10000"},
		{anomalies("limits: [{max: 0, per: 1h}]"), 5, 20, "max is 0: expected 1 to 10000"},
		{anomalies("limits: [{max: 1}]"), 5, 14, "per is missing"},
		{anomalies("limits: [{max: 1, per: 1h, across: world}]"), 5, 40, `across "world": expected rule, key, target or source`},
		{anomalies("limits: [{max: 1, per: 1h, across: target}]"), 5, 40, "across target counts the rule's actions"},
		{anomalies("limits: [" + strings.Repeat("{max: 1, per: 1h},", 9) + "]"), 5, 13, "9 limits: expected at most 8"},
		{anomalies("approve_within: 1h"), 5, 21, "approve_within stands beside mode shadow"},
		{"rules: [{name: a, mode: suggest, on: [anomaly], approve_within: 0s, do: [{publish: {subject: s}}]}]", 1, 65, "approve_within is 0s"},
	})
}

func TestLoad_FaultsOfMuteWindows(t *testing.T) {
	t.Parallel()
	requireFaults(t, []fault{
		{window("{from: '22:00'}"), 2, 6, "to is missing: expected a time of day such as 22:00"},
		{window("{from: '24:00', to: '06:00'}"), 2, 13, `from "24:00": expected a time of day from 00:00 to 23:59`},
		{window("{from: 6:00, to: '06:00'}"), 2, 13, `from "6:00"`},
		{window("{from: '06:60', to: '06:00'}"), 2, 13, `from "06:60"`},
		{window("{from: '01:00', to: '02:00', days: [mon, sud]}"), 2, 47, `day "sud": expected sun, mon, tue`},
		{window("{from: '01:00', to: '02:00', days: [mon-]}"), 2, 42, `day "mon-"`},
		{window("{from: '01:00', to: '02:00', days: [mon-tue-wed]}"), 2, 42, `day "mon-tue-wed"`},
		{window("{from: '01:00', to: '02:00', time_zone: Europe/Berlyn}"), 2, 46, `time zone "Europe/Berlyn" is not known`},
		{window("{from: '01:00', to: '02:00', time_zone: Local}"), 2, 46, `time zone "Local" is not known`},
		{window("{from: '01:00', to: '02:00', time_zone: ../../etc/passwd}"), 2, 46, `is not known`},
		{window("{from: '01:00', to: '02:00', zone: UTC}"), 2, 35, `unknown key "zone"`},
		{window("{from: '01:00', to: '02:00'}") + "  w: {from: '01:00', to: '02:00'}\n", 3, 3, `"w" stands here twice`},
		{window("{from: '01:00', to: '02:00'}") + "  W: {from: '01:00', to: '02:00'}\n", 3, 3, `name "W": expected a lower-case letter`},
		{window("[]"), 2, 6, "expected from, to, days or time_zone, got a list"},
		{"mute_windows: []", 1, 15, "expected names with what they stand for, got a list"},
		{anomalies("mute: [night]"), 5, 12, "mute window \"night\" is not defined: expected a name under mute_windows, of which there is none"},
		{anomalies("mute: [nigth]") + "mute_windows: {night: {from: '01:00', to: '02:00'}}\n", 5, 12, "did you mean night?"},
		{anomalies("mute: [w, w]") + window("{from: '01:00', to: '02:00'}"), 5, 15, `mute window "w" stands here twice`},
		{anomalies("mute: ["+strings.Repeat("w,", 17)+"]") + window("{from: '01:00', to: '02:00'}"), 5, 11, "17 mute windows: expected at most 16"},
	})
}

func TestLoad_MuteWindowsAreUniqueAmongFiles(t *testing.T) {
	t.Parallel()
	text := []byte("\n" + window("{from: '01:00', to: '02:00'}"))
	_, err := rule.Load([]rule.File{{Name: "a.yaml", Data: text}, {Name: "b.yaml", Data: text}}, catalog())
	require.EqualError(t, err, "b.yaml:3:3: mute window w is there twice: a.yaml:3 has it already\n"+
		"      w: {from: '01:00', to: '02:00'}\n      ^")
}

// What a file that cannot be read may hold is not missed elsewhere.
func TestLoad_AnUnreadableFileIsTheOnlyFault(t *testing.T) {
	t.Parallel()
	_, err := rule.Load([]rule.File{
		{Name: "a.yaml", Data: []byte(anomalies("mute: [night]"))}, {Name: "b.yaml", Data: []byte("mute_windows: {")},
	}, catalog())
	require.ErrorContains(t, err, "b.yaml:1:15: no valid YAML")
	require.NotContains(t, err.Error(), "is not defined")
}

func TestLoad_FaultsOfActions(t *testing.T) {
	t.Parallel()
	requireFaults(t, []fault{
		{action(`resume_alert: {source: anodot-prod}`), 5, 25, "alert_id is missing: expected a text"},
		{action(`resume_alert: {source: "${event.source}", alert_id: a}`), 5, 34, "without ${}"},
		{action(`resume_alert: {source: anodot-prod, alert_id: a, for: 1h}`), 5, 60, `unknown key "for"`},
		{action(`create_alert: {source: anodot-prod, title: t}`), 5, 25, "configuration is missing"},
		{action(`create_alert: {source: anodot-prod, title: t, configuration: {}}`), 5, 72, "configuration is missing"},
		{action(`create_alert: {source: anodot-prod, title: t, configuration: [a]}`), 5, 72, "expected names with values, got a list"},
		{action(`create_alert: {source: anodot-prod, title: t, configuration: {a: [{b: "${evnt.id}"}]}}`), 5, 84, "unknown name evnt"},
		{action(`create_alert: {source: anodot-prod, title: t, configuration: {a: 1, a: 2}}`), 5, 79, `"a" stands here twice`},
		{action(`create_alert: {source: anodot-prod, title: t, configuration: {a: .inf}}`), 5, 76, "expected a number that JSON has"},
		{action(`create_alert: {source: anodot-prod, title: t, configuration: {a: ` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}}`), 5, 91, "nested deeper than 16"},
		{action(`pause_stream: {source: anodot-prod, stream_id: a}`), 5, 25, "for is missing"},
		{action(`send_metrics: {source: anodot-prod, value: 1}`), 5, 25, "properties.what is missing"},
		{action(`send_metrics: {source: anodot-prod, properties: {what: ""}, value: 1}`), 5, 66, "what is missing"},
		{action(`send_metrics: {source: anodot-prod, properties: {what: w}}`), 5, 25, "value is missing: expected a number, or one ${…}"},
		{action(`send_metrics: {source: anodot-prod, properties: {what: w}, value: one}`), 5, 77, `value "one": expected a number`},
		{action(`send_metrics: {source: anodot-prod, properties: {what: w}, value: NaN}`), 5, 77, `value "NaN": expected a number`},
		{action(`send_metrics: {source: anodot-prod, properties: {what: w}, value: "${event.id}"}`), 5, 80, "number"},
		{action(`send_metrics: {source: anodot-prod, properties: {what: w}, value: "a${anomaly.score}"}`), 5, 77, "expected a number, or one ${…}"},
		{action(`send_metrics: {source: anodot-prod, properties: {what: w}, value: "${anomaly.scor}"}`), 5, 87, "unknown field scor"},
		{action(`send_metrics: {source: anodot-prod, properties: {what: w}, value: 1, target_type: sum}`), 5, 93, `target_type "sum": expected gauge or counter, without ${}`},
		{action(`send_metrics: {source: anodot-prod, properties: {what: w}, value: 1, timestamp: today}`), 5, 91, "expected a time such as"},
		{action(`send_metrics: {source: anodot-prod, properties: {what: w}, value: 1, timestamp: "${anomaly.phase}"}`), 5, 94, "time"},
		{action(`update_watcher: {source: anomify-prod, watcher_id: a}`), 5, 27, "nothing is changed: expected at least one of name, chips or alert"},
		{action(`update_watcher: {source: anomify-prod, watcher_id: a, chips: [""]}`), 5, 73, "missing: expected a text"},
		{action(`mail_report: {source: anodot-prod, report: r}`), 5, 33, "source anodot-prod is one of anodot: expected a source of secure_reporter"},
		{action(`add_exclusion: {source: anomify-prod, type: t, value: v, for: 0s}`), 5, 73, "for is 0s"},
	})
}
