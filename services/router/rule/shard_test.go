package rule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

func ruleNames(set *rule.Set) (list []string) {
	for _, r := range set.Rules() {
		list = append(list, r.Name)
	}
	return list
}

func TestShard_HasEveryRuleOnceInOrder(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("rules:\n")
	bound := map[string]bool{}
	for i := range 60 {
		do, mode := "publish: {subject: s}", []string{"auto", "suggest", "shadow", "off"}[i%4]
		if i%3 == 0 {
			do = "resume_alert: {source: anodot-prod, alert_id: a}"
			bound[fmt.Sprintf("r%d", i)] = mode != "off"
		}
		fmt.Fprintf(&text, "  - {name: r%d, mode: %s, on: [anomaly], do: [{%s}]}\n", i, mode, do)
	}
	set, err := load(text.String())
	require.NoError(t, err)
	require.Same(t, set, set.Shard(0, 1))
	place := map[string]int{}
	for i, name := range ruleNames(set) {
		place[name] = i
	}
	seen := map[string]int{}
	for i := range 4 {
		part, last := set.Shard(i, 4), -1
		require.Equal(t, set.Version(), part.Version())
		require.NotEmpty(t, part.Rules())
		for _, name := range ruleNames(part) {
			require.Less(t, last, place[name])
			last = place[name]
			seen[name]++
			require.Same(t, set.Rule(name), part.Rule(name))
			require.False(t, bound[name] && i > 0, name)
		}
	}
	require.Len(t, seen, 60)
	for name, times := range seen {
		require.Equal(t, 1, times, name)
	}
	require.Empty(t, set.Shard(4, 4).Rules())
}

// A rule that reads `paused` is touched by the leases of others.
func TestShard_KeepsReadersOfPausedWithTheLeases(t *testing.T) {
	t.Parallel()
	for _, lines := range []string{"when: paused", "unless: paused", `do: [{publish: {subject: "s.${paused}"}}]`} {
		for i := range 12 { // names that lead to each of the shards
			set, err := load(strings.Replace(anomalies(lines), "name: one", fmt.Sprintf("name: r%d", i), 1))
			require.NoError(t, err)
			require.Len(t, set.Shard(0, 4).Rules(), 1, lines)
		}
	}
}
