package rule_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// FuzzLoad reads any bytes as a rules file: there is a set, or there are faults
// that each have a place in the file.
func FuzzLoad(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.yaml")
	require.NoError(f, err)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(data)
	}
	for _, text := range []string{valid("    when: >-\n      a\n\n      ${b}\n"), wholeLanguage, weekend, otherActions} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := rule.Load([]rule.File{{Name: "fuzz.yaml", Data: data}}, catalog())
		if err == nil {
			requireSound(t, set)
			return
		}
		var all rule.Errors
		require.ErrorAs(t, err, &all)
		require.NotEmpty(t, all.Error())
		lines := 1 + strings.Count(string(data), "\n") + strings.Count(string(data), "\r") +
			strings.Count(string(data), "\u0085") + strings.Count(string(data), "\u2028") + strings.Count(string(data), "\u2029")
		for _, p := range all {
			require.Positive(t, p.Line)
			require.LessOrEqual(t, p.Line, lines)
			require.Positive(t, p.Column)
			require.LessOrEqual(t, p.Column, 1+utf8.RuneCountInString(p.Text), p.Error())
		}
	})
}

// requireSound checks what every loaded set holds to.
func requireSound(t *testing.T, set *rule.Set) {
	t.Helper()
	require.NotEmpty(t, set.Version())
	for _, r := range set.Rules() {
		require.Same(t, r, set.Rule(r.Name))
		require.NotEmpty(t, r.On)
		require.NotEmpty(t, r.Key)
		require.NotEmpty(t, r.StateHash)
		require.Equal(t, r.Mode == rule.Suggest, r.ApproveWithin > 0)
		for _, key := range r.Key {
			require.NotNil(t, key)
		}
		for _, action := range r.Do {
			require.Equal(t, action.Spec.IsLease(), action.Spec.IsLease() && action.For > 0)
			for _, field := range action.Fields {
				require.True(t, field.Text != nil || field.Value != nil || field.Tree != nil || field.Fixed.IsValid(), field.Path)
			}
		}
	}
}

// otherActions has every kind of field that an action may have.
const otherActions = `
rules:
  - name: acts
    mode: auto
    on: [anomaly]
    do:
      - create_alert: {source: anodot-prod, title: "t ${event.entity}", configuration: {a: "${event.id}", b: [1, true, null, {c: d}]}}
      - send_metrics: {source: anodot-prod, properties: {what: w}, value: "${anomaly.score}", timestamp: "${anomaly.started_at}"}
      - update_watcher: {source: anomify-prod, watcher_id: a, alert: false}
      - add_exclusion: {source: anomify-prod, type: t, value: v, for: 2h}
`
