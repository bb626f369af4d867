package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
)

func TestScript_IsTheSameForASeedAndEndsInTime(t *testing.T) {
	t.Parallel()
	for _, h := range []*harness{{seed: 3, length: 10 * time.Minute}, {seed: 3, quick: true}} {
		s := h.scale()
		beats := s.script(h.drawFrom(2))
		require.Equal(t, beats, s.script(h.drawFrom(2)))
		require.NotEqual(t, beats, s.script(h.drawFrom(4)))
		require.Len(t, beats, s.events)
		disliked, watchers, timed := map[string]bool{}, 0, 0
		for _, b := range beats {
			end := b.After
			switch {
			case b.Alert != "" && b.IsLonger:
				end += s.leases.Long
			case b.Alert != "":
				disliked[b.Alert] = true
				end += s.leases.Short
			case b.IsHigh && strings.HasPrefix(b.Metric, story.Timed):
				timed++
				end += s.leases.Short
			case b.IsHigh:
				watchers++
			}
			require.LessOrEqual(t, end, s.length)
		}
		require.Len(t, disliked, s.pauses)
		require.Equal(t, s.watchers, watchers)
		require.Equal(t, s.watchers/5, timed)
	}
}

func TestScale_OfTheWholeStory(t *testing.T) {
	t.Parallel()
	s := (&harness{length: 10 * time.Minute}).scale()
	require.GreaterOrEqual(t, s.events, 2_000)
	require.GreaterOrEqual(t, s.pauses, 300)
	require.GreaterOrEqual(t, s.watchers, 100)
	require.Less(t, s.grace, s.leases.Short, "or a pause that is not made could not be told from one that came too late")
}
