package suite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/suite"
)

func TestLoad_TellsEveryFaultWithItsPlace(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/faults/*.yaml")
	require.NoError(t, err)
	require.Greater(t, len(files), 5)
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			_, err = suite.Load(file(filepath.Base(name), string(data)), readNothing, suite.Options{})
			require.Error(t, err)
			var faults rule.Errors
			require.ErrorAs(t, err, &faults)
			golden(t, "faults."+strings.TrimSuffix(filepath.Base(name), ".yaml")+".txt", []byte(err.Error()+"\n"))
		})
	}
}

func readNothing(path string) (rule.File, error) {
	return rule.File{Name: path}, os.ErrNotExist
}

// FuzzParse looks for files that crash the parser or the player.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/failing/differs_test.yaml", "testdata/faults/steps.yaml", "testdata/faults/alias.yaml"} {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte(inlineSuite))
	rules, err := os.ReadFile("testdata/failing/rules.yaml")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := suite.Load(rule.File{Name: "fuzz_test.yaml", Data: data}, func(path string) (rule.File, error) {
			return rule.File{Name: path, Data: rules}, nil
		}, suite.Options{})
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		result := suite.Run(s, suite.RunOptions{})
		require.Len(t, result.Cases, len(s.Cases))
		for _, c := range result.Cases {
			require.Empty(t, c.Unsteady)
		}
		require.NotEmpty(t, text(t, result))
	})
}

const inlineSuite = `rules:
  - name: votes
    mode: auto
    on: [feedback]
    do: [{publish: {subject: votes}}]
tests:
  - name: a vote
    steps:
      - {id: a, at: "09:00", feedback: {verdict: GOOD_CATCH}}
      - {now: +1h}
      - {restart: true}
      - {id: b, at: 2026-01-05T12:00:00+01:00, seen: +2h, feedback: {}}
    expect:
      decisions:
        - a: FIRED
        - {event: b, outcome: FIRED, time: "11:00"}
`

func TestLoad_ReadsRulesThatStandInTheSuite(t *testing.T) {
	t.Parallel()
	s, err := suite.Load(file("inline_test.yaml", inlineSuite), readNothing, suite.Options{})
	require.NoError(t, err)
	require.Equal(t, 2, s.Set().Rules()[0].Line)
	result := suite.Run(s, suite.RunOptions{})
	require.Zero(t, result.Failures(), text(t, result))
}

// An example names no files, which would lie nowhere.
func TestExample_RefusesOtherRules(t *testing.T) {
	t.Parallel()
	rules := file("rules.yaml", "rules: [{name: one, mode: shadow, on: [anomaly]}]")
	_, err := suite.Example(rules, file("events.yaml", "events: [{reload: other.yaml, at: '09:00'}]\ndecisions: []"), suite.Options{})
	require.ErrorContains(t, err, "events.yaml:1:19: read the rules: an example stands by itself")
}
