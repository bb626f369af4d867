package rule_test

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

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
		data         []byte
		line, column int
	}{
		"only the mark of UTF-16":  {utf16File("", true), 1, 1},
		"UTF-16":                   {utf16File(text+"x}", true), 1, 1},
		"UTF-16 without a mark":    {utf16File(text+"x}", false), 1, 2},
		"a code page":              {[]byte(text + "ä \xe4}"), 2, 61},
		"a code page, in a remark": {[]byte("# \xe4\n" + text + "x}"), 1, 3},
		"lines of another kind":    {[]byte("# a\r# \u2028 \xe4\n"), 3, 2},
	} {
		_, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: c.data}}, catalog())
		var faults rule.Errors
		require.ErrorAs(t, err, &faults, name)
		require.Len(t, faults, 1)
		require.Equal(t, []int{c.line, c.column}, []int{faults[0].Line, faults[0].Column}, name)
		require.Contains(t, faults[0].Message, "not UTF-8")
		require.True(t, utf8.ValidString(faults[0].Error()), "a message can hold it")
	}
	set, err := load("\xef\xbb\xbf" + text + "ä}")
	require.NoError(t, err, "the mark of UTF-8 is one")
	require.Len(t, set.Rules(), 1)
}

func TestLoad_BoundsDurations(t *testing.T) {
	t.Parallel()
	text := func(length, wait string) string {
		return strings.NewReplacer("LENGTH", length, "WAIT", wait).Replace(`
rules:
  - name: one
    mode: suggest
    on: [anomaly]
    count: {at_least: 2, within: LENGTH}
    given: [{on: traffic, key: [event.entity], within: LENGTH, wait: WAIT}]
    flap: {at_least: 2, within: LENGTH}
    hold: {for: LENGTH}
    cooldown: LENGTH
    limits: [{max: 1, per: LENGTH}]
    approve_within: LENGTH
    do:
      - pause_alert: {source: anodot-prod, alert_id: "1", for: LENGTH}
      - create_watcher: {source: anomify-prod, name: w, chips: [c], for: LENGTH}
`)
	}
	_, err := load(text("2160h", "24h"))
	require.NoError(t, err)
	_, err = load(text("2160h0m1s", "24h0m1s"))
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
		"within is 2160h0m1s: expected at most 90d",
		"for is 2160h0m1s: expected at most 90d",
		"cooldown is 2160h0m1s: expected at most 90d",
		"per is 2160h0m1s: expected at most 90d",
		"approve_within is 2160h0m1s: expected at most 90d",
		"for is 2160h0m1s: expected at most 90d",
		"for is 2160h0m1s: expected at most 90d",
	}, messages)
}

// The name of a file is bytes to a file system, and text to those who read of it.
func TestLoad_WritesNamesOfFilesAsText(t *testing.T) {
	t.Parallel()
	good := []byte("rules: [{name: one, mode: shadow, on: [anomaly]}]")
	set, err := rule.Load([]rule.File{{Name: "r\xff.yaml", Data: good}}, catalog())
	require.NoError(t, err)
	require.Equal(t, "r\uFFFD.yaml", set.Rules()[0].File)
	_, err = rule.Load([]rule.File{{Name: "b\xff.yaml", Data: []byte("rules: 1")}, {Name: "a.yaml", Data: []byte("rules: 2")}}, catalog())
	var faults rule.Errors
	require.ErrorAs(t, err, &faults)
	require.Equal(t, []string{"b\uFFFD.yaml", "a.yaml"}, []string{faults[0].File, faults[1].File}, "in the order of the files")
}
