package adaptertest

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// readVerbs begin the names of calls that change nothing. A call of any other
// name changes something until it is written here.
var readVerbs = regexp.MustCompile(`^(Call|Count|Download|Find|Get|List|Lookup|Ping|Test)([A-Z]|$)`)

// IsRead reports whether a call changes nothing, by its name.
func IsRead(method string) bool { return readVerbs.MatchString(method) }

// BelongsToActions reports whether an action may wait for a call: one that changes
// something, or one that the page of the actions says is made for one.
func BelongsToActions(tb testing.TB, method string) bool {
	tb.Helper()
	return !IsRead(method) || len(actionsByCall(tb)[method]) > 0
}

// RequireUrgent fails unless each request that the bench's vendor has been asked
// went before what is not urgent, an access token's included.
func (b *Bench) RequireUrgent(tb testing.TB) {
	tb.Helper()
	waits := b.waits(tb)
	require.Positive(tb, waits["urgent"], "nothing was asked")
	require.Zero(tb, waits["normal"], "waits behind polls")
}

// waits counts the requests by the priority with which they waited for their turn.
func (b *Bench) waits(tb testing.TB) map[string]int {
	tb.Helper()
	families, err := b.registry.Gather()
	require.NoError(tb, err)
	waits := map[string]int{}
	for _, family := range families {
		if family.GetName() != "signalbox_vendor_budget_wait_seconds" {
			continue
		}
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				if label.GetName() == "priority" {
					waits[label.GetValue()] += int(m.GetHistogram().GetSampleCount())
				}
			}
		}
	}
	return waits
}
