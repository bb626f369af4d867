package action

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// A comparison that waits for a slot makes way in its lane: what waits there may
// be the end of the lease.
func TestSlots_AComparisonDoesNotKeepItsLaneWaiting(t *testing.T) {
	b, logger := bustest.New(t), slog.New(slog.DiscardHandler)
	x := New(ledger.New(b, logger, ledger.Options{}), lease.NewKeeper(b, logger, lease.Options{}), nil, b, logger,
		Options{Parallel: 1, ReadBackEvery: time.Millisecond})
	lasting := &actionv1.Lease{Source: "anodot-prod", Target: "alert:a", Until: timestamppb.New(time.Now().Add(time.Hour))}
	give, isWorthIt, err := x.acquireToCompare(lasting)
	require.NoError(t, err)
	require.True(t, isWorthIt, "the only slot")
	defer give()

	over := &actionv1.Lease{Source: "anodot-prod", Target: "alert:b", Until: timestamppb.New(time.Now().Add(20 * time.Millisecond))}
	_, isWorthIt, err = x.acquireToCompare(over)
	require.NoError(t, err)
	require.False(t, isWorthIt, "the lease is over")

	waits := make(chan bool)
	go func() {
		_, isWorthIt, _ := x.acquireToCompare(lasting)
		waits <- isWorthIt
	}()
	x.enqueue(lease.KeyOf(lasting), job{kind: leaseOver})
	require.False(t, <-waits, "a job waits")
}
