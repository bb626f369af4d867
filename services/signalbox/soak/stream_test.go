package soak_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// seen is what reached the stream.
type seen struct {
	events int
	// facts counts, by key, what happened once.
	facts map[string]int
	// counts are the last values of growing counts, by the prefix of native ids.
	counts map[string]float64
	faults []string
	dead   uint64
}

// rememberIDs is how long the stream refuses an id that it has: long enough for
// what a process that was stopped amid a poll publishes again, and no longer, so
// that everything else is the pollers' own memory.
const rememberIDs = 30 * time.Minute

// forget makes the stream forget ids earlier than it does by itself.
func forget(t *testing.T, b *bus.Bus) {
	t.Helper()
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamEvents)
	require.NoError(t, err)
	cfg := stream.CachedInfo().Config
	cfg.Duplicates = rememberIDs
	_, err = b.JetStream().UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
}

func readStream(t *testing.T, b *bus.Bus, log *watchedLog) seen {
	t.Helper()
	s := seen{facts: map[string]int{}, counts: map[string]float64{}}
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamEvents)
	require.NoError(t, err)
	ids := map[string]uint64{}
	for seq := stream.CachedInfo().State.FirstSeq; seq <= stream.CachedInfo().State.LastSeq; seq++ {
		msg, err := stream.GetMsg(t.Context(), seq)
		require.NoError(t, err)
		log.look("an event", msg.Data)
		e, err := bus.DecodeEvent(msg.Header, msg.Data)
		require.NoError(t, err)
		if first, again := ids[e.GetId()]; again {
			s.faults = append(s.faults, fmt.Sprintf("message %d has the id of message %d: %s %s", seq, first, e.GetSource(), e.GetNativeId()))
		}
		ids[e.GetId()] = seq
		s.add(e)
	}
	dead, err := b.JetStream().Stream(t.Context(), bus.StreamDead)
	require.NoError(t, err)
	s.dead = dead.CachedInfo().State.Msgs
	return s
}

func (s *seen) add(e *eventv1.Event) {
	s.events++
	if prefix, measure := countOf(e); prefix != "" {
		key, value := keyOf(e.GetSource(), prefix, ""), e.GetTraffic().GetMeasures()[measure]
		if value < s.counts[key] {
			s.faults = append(s.faults, fmt.Sprintf("%s goes back from %v to %v", key, s.counts[key], value))
		}
		s.counts[key] = value
		return
	}
	if strings.Contains(e.GetNativeId(), "/realtime/") {
		return // the present; what nobody asked for is gone
	}
	s.facts[keyOf(e.GetSource(), e.GetNativeId(), phaseOf(e))]++
}

func phaseOf(e *eventv1.Event) string {
	if e.GetAnomaly() == nil {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(e.GetAnomaly().GetPhase().String(), "PHASE_"))
}

// countOf returns what of the native id stays while a count grows, and its
// measure; "" for an event that is no count.
func countOf(e *eventv1.Event) (prefix, measure string) {
	id := e.GetNativeId()
	switch {
	case e.GetSource() == sourceAnura:
		return id[:strings.LastIndexByte(id, '/')+1], "requests"
	case strings.HasPrefix(id, "stream/"):
		return id[:strings.LastIndexByte(id, '/')+1], "metrics"
	case e.GetSource() != sourceAnalytics || strings.Contains(id, "/realtime/"):
		return "", ""
	}
	site, rest, _ := strings.Cut(id, "/")
	kind, _, _ := strings.Cut(rest, "/")
	return site + "/" + kind + "/", map[string]string{"stats": "pageviews", "pageviews": "day_pageviews", "events": "event_count"}[kind]
}

// difference says what the stream has and has not of the world.
func (s *seen) difference(w *world) []string {
	differences := append([]string{}, s.faults...)
	for key := range w.facts {
		if n := s.facts[key]; n != 1 {
			differences = append(differences, fmt.Sprintf("%s is there %d times", key, n))
		}
	}
	for key := range s.facts {
		if !w.facts[key] {
			differences = append(differences, key+" has not happened")
		}
	}
	for key, want := range w.counts {
		if got := s.counts[key]; got != want {
			differences = append(differences, fmt.Sprintf("%s stands at %v, the last event says %v", key, want, got))
		}
	}
	return differences
}
