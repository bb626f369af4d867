package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/event"
)

func TestAnomaly_IsValidDistinctAndNotLate(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ids := map[string]bool{}
	const many = 2_000
	for i := range many {
		e := anomaly(i, many, now)
		require.NoError(t, event.Validate(e))
		require.False(t, ids[e.GetId()])
		ids[e.GetId()] = true
		require.False(t, e.GetOccurredAt().AsTime().After(now))
		require.WithinRange(t, e.GetOccurredAt().AsTime(), now.Add(-span), now)
	}
}
