package rule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// filled repeats a text up to the longest file that is read.
func filled(text string) string { return strings.Repeat(text, rule.MaxFileBytes/len(text)) }

// numbered joins fifty thousand texts with their numbers.
func numbered(format string) string {
	var out strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&out, format, i)
	}
	return out.String()
}

func aliasBomb() string {
	var bomb strings.Builder
	bomb.WriteString("a: &a [x,x,x,x,x,x,x,x]\n")
	for c := 'b'; c < 'j'; c++ {
		fmt.Fprintf(&bomb, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	return bomb.String() + "rules: [*i]\n"
}

// Were a file's size to get into the work more than once, this would take hours
// instead of seconds.
func TestLoad_RefusesHostileFilesQuickly(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	flow := func(lines string) string { return "rules: [{name: a, mode: off, on: [anomaly], " + lines + "}]" }
	for name, c := range map[string]struct{ text, message string }{
		"aliases":            {aliasBomb(), "anchors and aliases are not supported"},
		"a cycle":            {"rules: &a [*a]", "anchors and aliases are not supported"},
		"a cycle in a rule":  {flow("do: &a [{publish: &b {subject: a, fields: *b}}]"), "anchors and aliases are not supported"},
		"merge":              {"rules: [{<<: {name: a}}]", `unknown key "<<"`},
		"10 MB":              {strings.Repeat("# comment\n", 1<<20), "expected at most 8388608, split it"},
		"values":             {filled("a,"), "lines, commas, colons and brackets: expected at most 1048576"},
		"depth":              {"rules: " + strings.Repeat("[", 20_000), "too deeply"},
		"depth of lists":     {filled("- "), "too deeply"},
		"depth of keys":      {filled("? "), "too deeply"},
		"UTF-8":              {"rules: \xff\xfe", "not UTF-8"},
		"NUL":                {"rules: \x00", "not UTF-8"},
		"control characters": {"rules: \x01", "no valid YAML"},
		"a long text":        {"rules: " + long, "rules is a list"},
		"a long key":         {long + ": a", "no valid YAML"},
		"a long name":        {"rules: [{name: " + long + "}]", "expected a lower-case letter"},
		"a long condition":   {flow(`when: "` + long + `"`), "exceeds limit"},
		"a long template":    {flow(`do: [{publish: {subject: "` + long + `"}}]`), "expected at most 16384"},
		"many expressions":   {flow(`do: [{publish: {subject: "` + strings.Repeat("${event.id}", 65) + `"}}]`), "65 expressions: expected at most 64"},
		"many faults":        {"rules: [" + strings.Repeat("{name: a, mode: x, on: [y]},", 20_000) + "]", "1000 faults are told of"},
		"many keys":          {"rules: [{" + numbered("k%d: a, ") + "}]", "1000 faults are told of"},
		"many kinds":         {"rules: [{name: a, mode: off, on: [" + strings.Repeat("traffic,", 50_000) + "]}]", "1000 faults are told of"},
		"many windows":       {"mute_windows: {" + numbered("k%d: {}, ") + "}", "50000 mute windows: expected at most 1000"},
		"many fields":        {flow("do: [{publish: {subject: a, fields: {" + numbered("k%d: x, ") + "}}}]"), "50000 values: expected at most 500"},
		"many chips":         {flow("do: [{create_watcher: {source: anomify-prod, name: a, chips: [" + strings.Repeat("a,", 50_000) + "]}}]"), "50000 values: expected at most 500"},
		"many settings":      {flow("do: [{update_alert: {source: anodot-prod, alert_id: a, configuration: {" + numbered("k%d: x, ") + "}}}]"), "50001 values: expected at most 500"},
		"far in a long line": {flow("description: " + long + `, when: "evnt.id == ''"`), "unknown name evnt"},
		"a pattern":          {flow(`when: 'event.title.matches("((a{100}){100}){100}")'`), "matches does not take this pattern"},
		"nested parentheses": {flow("when: " + strings.Repeat("(", 5000) + "true" + strings.Repeat(")", 5000)), "recursion limit"},
		"nested loops":       {flow(`when: "[1].all(a, [1].all(b, [1].all(c, true)))"`), "nest"},
	} {
		_, err := load(c.text)
		var all rule.Errors
		require.ErrorAs(t, err, &all, name)
		require.Contains(t, err.Error(), c.message, name)
		require.LessOrEqual(t, len(all), 1001, name)
		require.Less(t, len(err.Error()), 1<<20, name)
	}
}

// A file of nothing is no fault, however long.
func TestLoad_ReadsLongFilesOfNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat(" ", 1<<20), "# " + strings.Repeat("x", 1<<20)} {
		set, err := load(text)
		require.NoError(t, err)
		require.Empty(t, set.Rules())
	}
}
