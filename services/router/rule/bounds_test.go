package rule_test

import (
	"fmt"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

func utf16File(text string, mark bool) []byte {
	data := []byte{}
	if mark {
		data = append(data, 0xff, 0xfe)
	}
	for _, unit := range utf16.Encode([]rune(text)) {
		data = append(data, byte(unit), byte(unit>>8))
	}
	return data
}

// What is not UTF-8 must not pass for a set without rules.
func TestLoad_RefusesOtherEncodings(t *testing.T) {
	t.Parallel()
	text := "rules:\n  - {name: one, mode: shadow, on: [anomaly], description: "
	for name, c := range map[string]struct {
		data []byte
		line int
	}{
		"only the mark of UTF-16":  {utf16File("", true), 1},
		"UTF-16":                   {utf16File(text+"x}", true), 1},
		"UTF-16 without a mark":    {utf16File(text+"x}", false), 1},
		"a code page":              {[]byte(text + "\xe4}"), 2},
		"a code page, in a remark": {[]byte("# \xe4\n" + text + "x}"), 1},
	} {
		_, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: c.data}}, catalog())
		var faults rule.Errors
		require.ErrorAs(t, err, &faults, name)
		require.Len(t, faults, 1)
		require.Equal(t, c.line, faults[0].Line, name)
		require.Contains(t, faults[0].Message, "not UTF-8")
	}
	set, err := load("\xef\xbb\xbf" + text + "ä}")
	require.NoError(t, err, "the mark of UTF-8 is one")
	require.Len(t, set.Rules(), 1)
}

func TestLoad_BoundsDurations(t *testing.T) {
	t.Parallel()
	text := func(within, cause, wait, cooldown, lease string) string {
		return fmt.Sprintf(`
rules:
  - name: one
    mode: auto
    on: [anomaly]
    count: {at_least: 2, within: %s}
    given: [{on: traffic, key: [event.entity], within: %s, wait: %s}]
    cooldown: %s
    do: [{pause_alert: {source: anodot-prod, alert_id: "1", for: %s}}]
`, within, cause, wait, cooldown, lease)
	}
	_, err := load(text("2160h", "2160h", "24h", "2160h", "2160h"))
	require.NoError(t, err)
	_, err = load(text("2160h0m1s", "2160h0m1s", "24h0m1s", "2160h0m1s", "2160h0m1s"))
	var faults rule.Errors
	require.ErrorAs(t, err, &faults)
	var messages []string
	for _, fault := range faults {
		messages = append(messages, fault.Message)
	}
	require.Equal(t, []string{
		"within is 2160h0m1s: expected at most 90d",
		"within is 2160h0m1s: expected at most 90d",
		"wait is 24h0m1s: expected at most 24h",
		"cooldown is 2160h0m1s: expected at most 90d",
		"for is 2160h0m1s: expected at most 90d",
	}, messages)
}

// docs/rules.md names what this version of the language has not.
func TestLoad_RefusesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"unless: [{on: traffic, within: 15m}]", "mute: 1h", "hold: 5m", "flap: {changes: 3}", "limits: {per_hour: 3}",
		"given: [{on: traffic, key: [event.entity], within: 15m, at_least: 2}]",
		"given: [{on: traffic, key: [event.entity], within: 15m, absent: true}]",
		"count: {at_least: 2, within: 1h, distinct: event.entity}",
	} {
		_, err := load("rules:\n  - name: one\n    mode: shadow\n    on: [anomaly]\n    " + line)
		require.ErrorContains(t, err, "unknown key", line)
	}
	_, err := load("rules: [{name: one, mode: suggest, on: [anomaly]}]")
	require.ErrorContains(t, err, "mode suggest is not available")
}
