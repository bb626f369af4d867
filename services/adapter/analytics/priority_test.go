package analytics_test

import (
	"net/http"
	"testing"

	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// TestPriority_NoActionWaitsBehindPolls makes each call that changes something,
// and each that an action makes.
func TestPriority_NoActionWaitsBehindPolls(t *testing.T) {
	t.Parallel()
	for name, call := range calls() {
		if !adaptertest.BelongsToActions(t, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, "{}"))
			_ = call(t.Context(), b) // whatever it makes of the answer
			b.RequireUrgent(t)
		})
	}
}
