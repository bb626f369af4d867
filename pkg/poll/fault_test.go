package poll_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
)

// A fault of this program in one vendor's code must not end the others' polls.
func TestRunOnce_APanicFailsThePollAndNothingElse(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &vendor{clock: newClock()}
	v.add("good", 0)
	l := newBench(t, b, v)
	v.panics = true
	_, err := l.RunOnce(t.Context())
	require.ErrorContains(t, err, "a fault of this program ended the poll")
	require.Contains(t, l.health.reason, "a fault of this program")
	require.Contains(t, l.logs.String(), "setup_test.go", "the log has the stack")

	v.panics = false
	require.Equal(t, 1, poll1(t, l).Published)
	require.Empty(t, l.health.reason)
}
