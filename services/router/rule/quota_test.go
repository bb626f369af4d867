package rule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/match"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// scanned is a file of so many rules that no index finds.
func scanned(count int) rule.File {
	var text strings.Builder
	text.WriteString("rules:\n")
	for i := range count {
		fmt.Fprintf(&text, "  - {name: r%d, mode: shadow, on: [anomaly], when: anomaly.score + %d.0 > anomaly.value}\n", i, i)
	}
	return rule.File{Name: "rules.yaml", Data: []byte(text.String())}
}

func TestLoad_RefusesTooManyScannedConditions(t *testing.T) {
	t.Parallel()
	_, err := rule.Load([]rule.File{scanned(match.DefaultScanned)}, rule.Catalog{})
	require.NoError(t, err)
	_, err = rule.Load([]rule.File{scanned(match.DefaultScanned + 1)}, rule.Catalog{})
	require.ErrorContains(t, err, fmt.Sprintf("rules.yaml:%d:1: rule r%d: when is evaluated for every event", match.DefaultScanned+2, match.DefaultScanned))
}

func TestConditions_AreWhatRulesAskOfEvents(t *testing.T) {
	t.Parallel()
	set, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(`
rules:
  - {name: sleeps, mode: "off", on: [anomaly]}
  - name: all
    mode: shadow
    on: [anomaly]
    hold: {for: 1m, until: anomaly.phase == CLOSED}
    given: [{on: traffic, key: [labels.site], within: 1m}]
`)}}, rule.Catalog{})
	require.NoError(t, err)
	var clauses []string
	for _, c := range set.Conditions() {
		clauses = append(clauses, c.Rule.Name+" "+c.Clause)
	}
	require.Equal(t, []string{"all when", "all hold.until", "all given[0]"}, clauses)
}

func TestClasses_AreThoseOfTheSlowestConditions(t *testing.T) {
	t.Parallel()
	set, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(`
rules:
  - {name: sleeps, mode: "off", on: [anomaly], when: anomaly.metric == "cpu"}
  - {name: indexed, mode: shadow, on: [anomaly], when: anomaly.metric == "cpu"}
  - {name: bitmap, mode: shadow, on: [anomaly], when: anomaly.score > 0.5}
  - name: scanned
    mode: shadow
    on: [anomaly]
    when: anomaly.metric == "cpu"
    hold: {for: 1m, until: anomaly.score + 1.0 > anomaly.value}
    given: [{on: traffic, where: labels.site == "shop", key: [labels.site], within: 1m}]
`)}}, rule.Catalog{})
	require.NoError(t, err)
	classes := set.Classes()
	require.Len(t, classes, 3)
	for _, class := range []match.Class{match.Indexed, match.Bitmap, match.Scanned} {
		require.Equal(t, class, classes[set.Rule(string(class))])
	}
}
