package main

import (
	"flag"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Or what is missing could not be told from what was left out because its time was
// over, even where nothing was killed.
func TestScenes_HoldLongerThanAnEffectMayTake(t *testing.T) {
	t.Parallel()
	h := &harness{}
	h.flags(flag.NewFlagSet("", flag.PanicOnError))
	names := map[string]bool{}
	for _, s := range h.scenes() {
		require.Greater(t, s.leases.Short, s.grace+time.Second, s.name)
		require.Greater(t, s.leases.Long, s.grace+time.Second, s.name)
		require.Greater(t, s.time, s.leases.Long+3*s.grace, "%s would end before its judge", s.name)
		require.False(t, names[s.name])
		names[s.name] = true
	}
}
