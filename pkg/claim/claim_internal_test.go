package claim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A machine that was suspended goes on with a clock that stood still, and a calendar
// that did not.
func TestLimit_EndsByEitherClock(t *testing.T) {
	t.Parallel()
	now := time.Now()
	require.True(t, limitAt(now.Add(time.Second)).isAhead(now))
	require.False(t, limitAt(now).isAhead(now))
	require.False(t, (&limit{at: now.Add(time.Second), calendar: now.Round(0).Add(-time.Minute)}).isAhead(now), "it was suspended")
	require.False(t, (&limit{at: now, calendar: now.Round(0).Add(time.Minute)}).isAhead(now), "the calendar was set back")
	var none *limit
	require.False(t, none.isAhead(now))
}
