package router_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
)

// How long an action is tried is what the configuration says.
func TestRouter_GivesUpAsConfigured(t *testing.T) {
	t.Parallel()
	r := newRig(t, updatesEach+pauseToo)
	r.config.Actions = config.Actions{GiveUpAfter: 300 * time.Millisecond, GiveUpOthersAfter: 200 * time.Millisecond}
	r.config.Sources[0].Adapter = "127.0.0.1:1" // nobody answers there
	p := r.start(r.bus)
	p.awaitReady()
	r.publish(r.feedback("f1", "17", 1))
	until(t, "both are given up", func() bool {
		states := r.ledger()
		return states["pause_alert alert:17"] == "STATE_FAILED" && states["update_alert alert:17"] == "STATE_FAILED"
	})
	require.Contains(t, r.pause().GetDetail(), "given up after 300ms: ")
	require.Empty(t, r.vendor.done())
}

const pauseToo = `
  - name: pauses
    mode: auto
    on: [feedback]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 1h}}]
`
