package suite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/suite"
)

// docs are the pages whose examples are run, with how many there are at least.
var docs = map[string]int{"../../../docs/rules.md": 39, "../../../docs/recipes.md": 10, "../../../docs/suites.md": 3}

// block is a fenced block of a page, under the heading that it stands below.
type block struct {
	heading, language, text string
	line                    int
}

// TestDocs runs every example of the pages: rules are followed by events with the
// decisions about them, or by the text of what is wrong with them; a whole suite
// stands by itself.
func TestDocs(t *testing.T) {
	t.Parallel()
	for page, least := range docs {
		blocks := blocksOf(t, page)
		run := 0
		for i, b := range blocks {
			if b.language != "yaml" || !strings.HasPrefix(b.text, "rules:") {
				continue
			}
			run++
			t.Run(fmt.Sprintf("%s: %s (line %d)", filepath.Base(page), b.heading, b.line), func(t *testing.T) {
				t.Parallel()
				if strings.Contains(b.text, "\ntests:") {
					requirePassed(t, page, b, blocks)
					return
				}
				require.Greater(t, len(blocks), i+1, "nothing follows")
				example(t, b, blocks[i+1])
			})
		}
		require.GreaterOrEqual(t, run, least)
	}
}

// Every outcome that there is comes about in an example of the language.
func TestDocs_ShowEveryOutcome(t *testing.T) {
	t.Parallel()
	var shown strings.Builder
	for _, b := range blocksOf(t, "../../../docs/rules.md") {
		_, decisions, _ := strings.Cut(b.text, "decisions:\n")
		shown.WriteString(decisions)
	}
	outcomes := decisionv1.Outcome(0).Descriptor().Values()
	for i := 1; i < outcomes.Len(); i++ {
		if outcomes.Get(i).Number() == decisionv1.Outcome_OUTCOME_DRIFT.Number() {
			continue // a vendor's doing, of which no story of events tells
		}
		word := strings.TrimPrefix(string(outcomes.Get(i).Name()), "OUTCOME_")
		require.Regexp(t, `(?m)^ +- [^:]+: "?`+word+`\b`, shown.String())
	}
}

// example runs rules and the block that follows them.
func example(t *testing.T, rules, next block) {
	t.Helper()
	if next.language == "text" {
		_, err := rule.Load([]rule.File{file("rules.yaml", rules.text)}, rule.Catalog{})
		require.EqualError(t, err, strings.TrimRight(next.text, "\n"))
		return
	}
	require.Contains(t, next.text, "events:", "no events follow")
	s, err := suite.Example(file("rules.yaml", rules.text), file("events.yaml", next.text), suite.Options{})
	require.NoError(t, err)
	result := suite.Run(s, suite.RunOptions{})
	require.Zero(t, result.Failures(), text(t, result))
}

func requirePassed(t *testing.T, page string, b block, blocks []block) {
	t.Helper()
	s, err := suite.Load(file(page, b.text), readNamed(blocks), suite.Options{})
	require.NoError(t, err)
	result := suite.Run(s, suite.RunOptions{})
	require.Zero(t, result.Failures(), text(t, result))
}

func blocksOf(t *testing.T, path string) []block {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var blocks []block
	heading, inside := "", false
	for i, line := range strings.Split(string(data), "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && !inside:
			blocks = append(blocks, block{heading: heading, language: fence, line: i + 1})
			inside = true
		case isFence:
			inside = false
		case inside:
			blocks[len(blocks)-1].text += line + "\n"
		case strings.HasPrefix(line, "#"):
			heading = strings.Trim(line, "# ")
		}
	}
	require.False(t, inside, "a block without an end")
	return blocks
}

func file(name, content string) rule.File { return rule.File{Name: name, Data: []byte(content)} }

// readNamed reads the blocks of a page that begin with the name of a file.
func readNamed(blocks []block) suite.Reader {
	return func(name string) (rule.File, error) {
		for _, b := range blocks {
			if strings.HasPrefix(b.text, "# "+name+"\n") {
				return file(name, b.text), nil
			}
		}
		return rule.File{}, fmt.Errorf("no block of the page begins with # %s", name)
	}
}

// readBeside reads the files that stand beside one.
func readBeside(path string) suite.Reader {
	return func(name string) (rule.File, error) {
		full := filepath.Join(filepath.Dir(path), name)
		data, err := os.ReadFile(full)
		return rule.File{Name: full, Data: data}, err
	}
}

func text(t *testing.T, results ...suite.Result) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, suite.WriteText(&out, results, suite.TextOptions{}))
	return "\n" + out.String()
}
