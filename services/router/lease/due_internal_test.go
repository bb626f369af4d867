package lease

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
)

// The wait for an end is measured by another clock than the one that may step.
func TestCollect_LooksAtTheClockAgainEachMinute(t *testing.T) {
	now := time.Now()
	k := NewKeeper(bustest.New(t), slog.New(slog.DiscardHandler), Options{Now: func() time.Time { return now }})
	keys, wait := k.collect()
	require.Empty(t, keys)
	require.LessOrEqual(t, wait, time.Minute)
	c := Claim{
		Key:    Key{Source: "anodot-prod", Target: "alert:a"},
		Holder: &actionv1.Holder{Rule: "quiet", ActionId: "a", Until: timestamppb.New(now.Add(10 * time.Hour))},
	}
	_, err := k.Take(t.Context(), c)
	require.NoError(t, err)
	keys, wait = k.collect()
	require.Empty(t, keys)
	require.LessOrEqual(t, wait, time.Minute)
	require.Positive(t, wait)

	now = now.Add(10 * time.Hour)
	keys, _ = k.collect()
	require.Equal(t, []Key{c.Key}, keys)
}
