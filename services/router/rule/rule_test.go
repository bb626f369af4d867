package rule_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

func catalog() rule.Catalog {
	return rule.Catalog{Sources: map[string]eventv1.Vendor{
		"anodot-prod": eventv1.Vendor_VENDOR_ANODOT, "anomify-prod": eventv1.Vendor_VENDOR_ANOMIFY,
		"anomify-test": eventv1.Vendor_VENDOR_ANOMIFY,
	}}
}

func load(text string) (*rule.Set, error) {
	return rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(text)}}, catalog())
}

func TestLoad_Examples(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		set, err := rule.Load([]rule.File{{Name: path, Data: data}}, catalog())
		require.NoError(t, err)
		require.NotEmpty(t, set.Rules())
		require.Len(t, set.Version(), 26)
	}
}

func TestLoad_CompilesEveryField(t *testing.T) {
	t.Parallel()
	set, err := load(`
rules:
  - name: all-of-it
    description: Everything the language has.
    mode: auto
    on: [anomaly]
    when: anomaly.score == 1
    key: [labels.site, event.source]
    count: {at_least: 3, within: 30m, reset: true}
    given:
      - on: traffic
        where: traffic.measures.invalid > 10
        key: [labels.site, "'anomify-prod'"]
        within: 15m
        wait: 0s
    cooldown: 1h30m
    do:
      - pause_alert: {source: anodot-prod, alert_id: "${anomaly.alert_id}", for: 6h}
      - create_watcher: {source: anomify-prod, name: "bots on ${labels.site}", chips: ["${anomaly.metric}"], alert: true}
      - publish: {subject: noise.found, fields: {site: "${labels.site}", empty: ""}}
  - name: asleep
    mode: off
    on: [feedback, traffic]
`)
	require.NoError(t, err)
	rules := set.Rules()
	require.Len(t, rules, 2)
	r := rules[0]
	require.Equal(t, rule.Auto, r.Mode)
	require.Equal(t, []event.Kind{event.KindAnomaly}, r.On)
	require.Len(t, r.Key, 2)
	require.Equal(t, &rule.Count{AtLeast: 3, Within: 30 * time.Minute, Reset: true}, r.Count)
	require.Len(t, r.Given, 1)
	require.Equal(t, 15*time.Minute, r.Given[0].Within)
	require.True(t, r.Given[0].HasWait)
	require.Equal(t, 90*time.Minute, r.Cooldown)
	require.Len(t, r.Do, 3)
	require.Equal(t, 6*time.Hour, r.Do[0].For)
	require.Equal(t, "create_watcher", r.Do[1].Spec.Type)
	require.Equal(t, "fields.empty", r.Do[2].Fields[1].Path)
	require.True(t, r.Judges(event.KindAnomaly))
	require.False(t, r.Judges(event.KindTraffic))

	asleep := rules[1]
	require.Nil(t, asleep.When)
	require.Nil(t, asleep.Count)
	require.Len(t, asleep.Key, 1)
	require.False(t, asleep.Judges(event.KindFeedback))
}

// valid wraps lines into an otherwise good rule that starts in line 2.
func valid(lines string) string {
	return "rules:\n  - name: one\n    mode: shadow\n    on: [feedback]\n" + lines
}

func TestLoad_Faults(t *testing.T) {
	t.Parallel()
	given := "    given: [{on: traffic, key: [event.entity], within: %s}]\n"
	cases := []struct {
		name, text string
		line, col  int
		message    string
	}{
		{"syntax", "rules:\n  - name: [x\n", 2, 11, "no valid YAML: a list in brackets does not end: expected , or ]"},
		{"not a mapping", "- a\n", 1, 1, "expected rules or mute_windows, got a list"},
		{"two documents", "rules: []\n---\nrules: []\n", 2, 1, "a second document"},
		{"anchor", "rules: &a []\n", 1, 8, "anchors and aliases"},
		{"alias in key", "rules:\n  - &x y: 1\n", 2, 5, "anchors and aliases"},
		{"unknown key at the top", "rulez: []\n", 1, 1, `unknown key "rulez": did you mean rules?`},
		{"unknown key", valid("    whem: 'true'\n"), 5, 5, `rule one: unknown key "whem": did you mean when?`},
		{"unknown key far from any", valid("    escalation: 'true'\n"), 5, 5, "expected name, description, mode"},
		{"duplicate key", valid("    mode: off\n"), 5, 5, "mode stands here twice, first in line 3"},
		{"no name", "rules:\n  - mode: off\n    on: [traffic]\n", 2, 5, "name is missing"},
		{"bad name", "rules:\n  - name: Quiet\n    mode: off\n    on: [traffic]\n", 2, 11, `name "Quiet": expected a lower-case letter`},
		{"no mode", "rules:\n  - name: one\n    on: [traffic]\n", 2, 5, "rule one: mode is missing"},
		{"suggest without do", "rules:\n  - name: one\n    mode: suggest\n    on: [traffic]\n", 2, 5, "a rule in mode suggest has at least one action"},
		{"unknown mode", "rules:\n  - name: one\n    mode: loud\n    on: [traffic]\n", 3, 11, `mode "loud": expected off, shadow, suggest or auto`},
		{"no on", "rules:\n  - name: one\n    mode: off\n", 2, 5, "on is missing"},
		{"empty on", "rules:\n  - name: one\n    mode: off\n    on: []\n", 4, 9, "on is missing"},
		{"on as text", "rules:\n  - name: one\n    mode: off\n    on: feedback\n", 4, 9, "on is a list"},
		{"unknown kind", "rules:\n  - name: one\n    mode: off\n    on: [feedback, weather]\n", 4, 20, `kind "weather": expected anomaly, feedback, traffic`},
		{"kind twice", "rules:\n  - name: one\n    mode: off\n    on: [traffic, traffic]\n", 4, 19, "stands here twice"},
		{"bad condition", valid("    when: feedback.verdit == GOOD_CATCH\n"), 5, 19, "unknown field verdit"},
		{"condition of another kind", valid("    when: anomaly.score > 1\n"), 5, 11, "anomaly is not available: the event is of kind feedback"},
		{"empty condition", valid("    when: ''\n"), 5, 12, "the expression is empty"},
		{"condition in quotes", valid("    when: \"\\\"a\\\" == feedback.usr\"\n"), 5, 29, "unknown field usr"},
		{"condition in single quotes", valid("    when: '''a'' == feedback.usr'\n"), 5, 29, "unknown field usr"},
		{"condition in a block", valid("    when: |\n      event.id != \"\" &&\n        feedback.usr == \"x\"\n"), 7, 17, "unknown field usr"},
		{"condition folded", valid("    when: >-\n      event.id != \"\"\n      && feedback.usr == \"x\"\n"), 7, 18, "unknown field usr"},
		{"condition over lines", valid("    when: event.id != \"\"\n      && feedback.usr == \"x\"\n"), 6, 18, "unknown field usr"},
		{"condition is no condition", valid("    when: feedback.user\n"), 5, 11, "expected a condition (bool), got string"},
		{"bad key", valid("    key: [event.source, evnt.id]\n"), 5, 25, "unknown name evnt.id"},
		{"key without text", valid("    key: [labels]\n"), 5, 11, "expected a text"},
		{"count below one", valid("    count: {at_least: 0, within: 1h}\n"), 5, 23, "at_least is 0: expected 1"},
		{"count without within", valid("    count: {at_least: 2}\n"), 5, 12, "within is missing"},
		{"count as text", valid("    count: {at_least: two, within: 1h}\n"), 5, 23, `at_least: expected a whole number, got "two"`},
		{"bad bool", valid("    count: {at_least: 2, within: 1h, reset: maybe}\n"), 5, 45, "reset: expected true or false"},
		{"cooldown zero", valid("    cooldown: 0s\n"), 5, 15, "cooldown is 0s: expected more than 0s"},
		{"cooldown negative", valid("    cooldown: -1h\n"), 5, 15, "cooldown is -1h:"},
		{"cooldown without unit", valid("    cooldown: 60\n"), 5, 15, "expected a duration such as 90s, 15m, 6h or 7d"},
		{"cooldown is null", valid("    cooldown:\n"), 5, 14, "got nothing"},
		{"given of no kind", valid("    given: [{on: rain, key: [event.entity], within: 1m}]\n"), 5, 18, `on "rain"`},
		{"given without within", valid("    given: [{on: traffic, key: [event.entity]}]\n"), 5, 13, "within is missing"},
		{"given within zero", valid(fmt.Sprintf(given, "0s")), 5, 56, "within is 0s"},
		{"given wait negative", valid(fmt.Sprintf(given, "1m, wait: -1s")), 5, 66, "wait is -1s"},
		{"given key of other length", valid("    given: [{on: traffic, key: [event.entity, event.id], within: 1m}]\n"), 5, 32, "key has 2 expressions: expected 1"},
		{"given without key", valid("    given: [{on: traffic, within: 1m}]\n"), 5, 13, "key has 0 expressions: expected 1"},
		{"given reads its own kind", valid("    given: [{on: traffic, where: feedback.user != '', key: [event.entity], within: 1m}]\n"), 5, 34, "feedback is not available: the event is of kind traffic"},
		{"auto without do", "rules:\n  - name: one\n    mode: auto\n    on: [traffic]\n", 2, 5, "do is missing"},
		{"empty action", valid("    do: [{}]\n"), 5, 10, "the entry has no action"},
		{"unknown action", valid("    do: [{pause_alrt: {}}]\n"), 5, 11, `unknown key "pause_alrt": did you mean pause_alert?`},
		{"two actions", valid("    do: [{publish: {subject: a}, pause_alert: {source: anodot-prod, alert_id: a, for: 1h}}]\n"), 5, 34, "pause_alert beside publish: expected one action"},
		{"pause without for", valid("    do: [{pause_alert: {source: anodot-prod, alert_id: a}}]\n"), 5, 24, "for is missing"},
		{"unknown source", valid("    do: [{pause_alert: {source: anodot, alert_id: a, for: 1h}}]\n"), 5, 33, `source "anodot" is not configured: expected anodot-prod`},
		{"source of another vendor", valid("    do: [{pause_alert: {source: anomify-prod, alert_id: a, for: 1h}}]\n"), 5, 33, "source anomify-prod is one of anomify: expected anodot-prod"},
		{"watcher without chips", valid("    do: [{create_watcher: {source: anomify-prod, name: a}}]\n"), 5, 27, "chips are missing"},
		{"watcher at no source", valid("    do: [{create_watcher: {name: a, chips: [b]}}]\n"), 5, 27, "source is missing"},
		{"bad template", valid("    do: [{publish: {subject: a, fields: {who: \"by ${feedback.usr}\"}}}]\n"), 5, 61, "unknown field usr"},
		{"template of another kind", valid("    do: [{publish: {subject: \"a.${anomaly.metric}\"}}]\n"), 5, 35, "anomaly is not available"},
		{"bad subject", valid("    do: [{publish: {subject: a.*}}]\n"), 5, 30, `subject "a.*"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			set, err := load(c.text)
			require.Nil(t, set)
			var problem *rule.Problem
			require.ErrorAs(t, err, &problem)
			require.Contains(t, err.Error(), c.message)
			require.Equal(t, []int{c.line, c.col}, []int{problem.Line, problem.Column}, err.Error())
			require.Equal(t, "rules.yaml", problem.File)
		})
	}
}

func TestLoad_SeveralKindsNeedWhatEachHas(t *testing.T) {
	t.Parallel()
	_, err := load("rules:\n  - name: one\n    mode: off\n    on: [anomaly, feedback]\n    when: anomaly.score > 1\n")
	require.ErrorContains(t, err, "anomaly is not available: the event is of kind feedback (the rule is also on feedback")
	_, err = load("rules:\n  - name: one\n    mode: off\n    on: [anomaly, feedback]\n    when: event.severity == CRITICAL\n")
	require.NoError(t, err)
}

func TestLoad_ReportsEverythingAtOnceWithACaret(t *testing.T) {
	t.Parallel()
	_, err := rule.Load([]rule.File{
		{Name: "b.yaml", Data: []byte("rules:\n  - name: one\n    mode: loud\n    on: [feedback]\n    when: feedback.usr == 'ä'\n")},
		{Name: "a.yaml", Data: []byte("rules:\n  - name: one\n    mode: off\n    on: [traffic]\n    cooldwn: 1h\n")},
	}, rule.Catalog{})
	want := strings.Join([]string{
		`b.yaml:3:11: rule one: mode "loud": expected off, shadow, suggest or auto`,
		`        mode: loud`,
		`              ^`,
		`b.yaml:5:19: rule one: unknown field usr: expected verdict, comment, user, alert_id, alert_title, anomaly_id`,
		`        when: feedback.usr == 'ä'`,
		`                      ^`,
		`a.yaml:2:11: rule one: name one is taken: b.yaml:2 has it already`,
		`      - name: one`,
		`              ^`,
		`a.yaml:5:5: rule one: unknown key "cooldwn": did you mean cooldown?`,
		`        cooldwn: 1h`,
		`        ^`,
	}, "\n")
	require.EqualError(t, err, want)
	var all rule.Errors
	require.ErrorAs(t, err, &all)
	require.Len(t, all, 4)
}

func TestLoad_WithoutCatalogSourcesAreNotChecked(t *testing.T) {
	t.Parallel()
	text := valid("    do: [{pause_alert: {source: anything, alert_id: a, for: 1h}}]\n")
	_, err := rule.Load([]rule.File{{Name: "r", Data: []byte(text)}}, rule.Catalog{})
	require.NoError(t, err)
}

func TestLoad_EmptyFilesAreAnEmptySet(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "rules: []\n"} {
		set, err := load(text)
		require.NoError(t, err, text)
		require.Empty(t, set.Rules())
	}
}

func TestVersion_IsOfTheContent(t *testing.T) {
	t.Parallel()
	version := func(files ...string) string {
		var list []rule.File
		for i, text := range files {
			list = append(list, rule.File{Name: fmt.Sprintf("%d.yaml", i), Data: []byte(text)})
		}
		set, err := rule.Load(list, catalog())
		require.NoError(t, err)
		return set.Version()
	}
	one := "rules:\n  - {name: one, mode: off, on: [traffic], cooldown: 1h}\n"
	two := "  - {name: two, mode: off, on: [traffic]}\n"
	base := version(one + two)
	require.Equal(t, base, version("# a comment\n"+one+two), "comments")
	require.Equal(t, base, version("rules:\n  - on: [traffic]\n    name: one\n    mode: off\n    cooldown: 60m\n"+two), "formatting")
	require.Equal(t, base, version(one, "rules:\n"+two), "files")
	require.NotEqual(t, base, version("rules:\n"+two, one), "order")
	require.NotEqual(t, base, version(strings.Replace(one, "1h", "2h", 1)+two), "content")
	require.NotEqual(t, base, version(one), "fewer rules")
}

func TestStateHash_IsOfWhatStateDependsOn(t *testing.T) {
	t.Parallel()
	hash := func(text string) string {
		set, err := load(text)
		require.NoError(t, err)
		return set.Rules()[0].StateHash
	}
	base := hash(valid("    count: {at_least: 2, within: 1h}\n"))
	require.Equal(t, base, hash(strings.Replace(valid("    count: {at_least: 2, within: 1h}\n    cooldown: 1h\n"), "shadow", "off", 1)))
	require.NotEqual(t, base, hash(valid("    count: {at_least: 2, within: 2h}\n")))
	require.NotEqual(t, base, hash(valid("    count: {at_least: 2, within: 1h}\n    when: 'true'\n")))
}

func ExampleLoad() {
	_, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(`
rules:
  - name: quiet
    mode: shadow
    on: [feedback]
    when: feedback.verdict == BORING
`)}}, rule.Catalog{})
	fmt.Println(err)
	// Output:
	// rules.yaml:6:31: rule quiet: unknown name BORING: expected anomaly, event, feedback, labels, paused, traffic or a value of an enum
	//         when: feedback.verdict == BORING
	//                                   ^
}

// A fault that has nothing to do with the rule's kinds is not blamed on them.
func TestLoad_ExplainsKindsOnlyWhereTheyMatter(t *testing.T) {
	t.Parallel()
	for _, rest := range []string{
		"on: [feedback, anomaly], when: event.severity == GOOD_CATCH", "on: [anomaly], when: event.bogus == ''", "on: [anomaly, feedback], key: [bogus]",
	} {
		_, err := load("rules:\n  - {name: a, mode: shadow, " + rest + "}\n")
		require.Error(t, err, rest)
		require.NotContains(t, err.Error(), "the rule is also on", rest)
	}
}
