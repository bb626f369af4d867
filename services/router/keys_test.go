package router_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
)

// A rule that remembers as many keys as it may refuses another one loudly: with a
// decision that says what to do, and in a metric.
func TestRouter_TellsOfAKeyTooMany(t *testing.T) {
	t.Parallel()
	r := newRig(t, "rules:"+votesRule)
	r.config.Engine.MaxKeysPerRule = 1
	p := r.start(r.bus)
	p.awaitReady()
	r.publish(r.feedback("v1", "17", 1), r.feedback("v2", "18", 2), r.feedback("v3", "17", 3))
	until(t, "all are decided", func() bool { return p.value("refused_keys_total") > 0 && len(r.brief()) == 3 })
	require.Equal(t, []string{"votes HELD_COUNT 1", "votes ERROR 2", "votes FIRED 3"}, r.brief())
	refused := r.allDecisions()[1]
	require.Equal(t, decisionv1.Outcome_OUTCOME_ERROR, refused.GetOutcome())
	require.Contains(t, refused.GetDetail(), "engine.max_keys_per_rule")
	require.InDelta(t, 1, p.value("refused_keys_total"), 0)
}
