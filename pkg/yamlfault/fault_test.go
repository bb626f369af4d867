package yamlfault_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/signalbox-io/signalbox/pkg/yamlfault"
)

func TestOf_SaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]yamlfault.Fault{
		"a: [\n":                {1, 4, "a value is missing: expected one, or the bracket that closes the list"},
		"a: [b\nc: d\n":         {2, 1, "a list in brackets does not end: expected , or ]"},
		"a: {b\nc: d\n":         {1, 5, "settings in braces do not end: expected , or }"},
		"a:\n  - b: c\n   d: e": {3, 4, "the line belongs to nothing above it: expected the indentation of the list's lines, or -"},
		"a:\n  b: c\n d: e":     {3, 2, "the line belongs to nothing above it: expected a key with the indentation of those around it, and nothing behind a bracket that is closed"},
		"a:\n  b: c: d\n":       {2, 6, "a second colon stands in a value: expected quotes around a text that holds one"},
		"a: - b\n":              {1, 4, "a list cannot begin here: expected it on lines of its own, each with -"},
		"a: \"b\n":              {1, 4, "a quote or a bracket is opened and not closed"},
		"a: \"\\q\"\n":          {1, 6, "a text in \" has an escape that there is not: expected \\\\ for a backslash, or the text in '"},
		"a: @x\n":               {1, 4, "a value cannot begin with this character: expected quotes around the text; lines are indented with spaces, never with tabs"},
		"a:\n\t- b\n":           {2, 1, "a value cannot begin with this character: expected quotes around the text; lines are indented with spaces, never with tabs"},
		"a: \x01":               {1, 0, "a control character stands here: expected text"},
		"a: b\na: c\nd: [\n":    {3, 4, "a value is missing: expected one, or the bracket that closes the list"},
		"a: *b\n":               {1, 0, "an alias names no anchor: expected quotes around a text that begins with *"},
	} {
		var node yaml.Node
		require.Equal(t, want, yamlfault.Of([]byte(text), yaml.Unmarshal([]byte(text), &node)), "%q", text)
	}
}

// TestProperty_QuotesNothing puts a secret into files that are no YAML.
func TestProperty_QuotesNothing(t *testing.T) {
	t.Parallel()
	words := []string{"hunter2", ":", "-", "[", "]", "{", "}", "'", "\"", "\n", " ", "  ", "\t", "@", "*", "&", "!", "%", "|", "#", ",", "a", "\\"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 12).Draw(t, "words"), "")
		var node yaml.Node
		err := yaml.Unmarshal([]byte(text), &node)
		if err == nil {
			return
		}
		fault := yamlfault.Of([]byte(text), err)
		require.NotContains(t, fault.Message, "hunter2")
		require.NotContains(t, fault.Message, "did not find")
		require.Positive(t, fault.Line)
	})
}
