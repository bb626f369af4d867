package query

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/query/store"
)

// filled returns a server that only lists, over so many rows; the newest is
// row 0.
func filled(t *testing.T, count int, row func(i int) []byte) *Server {
	t.Helper()
	m, err := newMetrics(prometheus.NewPedanticRegistry())
	require.NoError(t, err)
	s := &Server{
		store:  store.New(filepath.Join(t.TempDir(), "query.db"), slog.New(slog.DiscardHandler)),
		logger: slog.New(slog.DiscardHandler), metrics: m,
	}
	require.NoError(t, s.store.Open(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.store.Close()) })
	batch := store.Batch{Stream: "test", To: store.Checkpoint{Sequence: 1}}
	for i := range count {
		batch.Records = append(batch.Records, store.Record{
			Table: store.Events, ID: fmt.Sprintf("e%06d", i), At: time.Unix(int64(count-i), 0), Data: row(i),
		})
	}
	_, err = s.store.Apply(t.Context(), batch)
	require.NoError(t, err)
	return s
}

func eventRow(t *testing.T, e *eventv1.Event) []byte {
	t.Helper()
	data, err := proto.Marshal(e)
	require.NoError(t, err)
	return data
}

func TestList_StopsAtTheBoundOfItsWorkAndGoesOn(t *testing.T) {
	t.Parallel()
	s := filled(t, 1000, func(i int) []byte {
		return eventRow(t, &eventv1.Event{Source: map[bool]string{true: "rare", false: "website"}[i == 730]})
	})
	condition, err := eventFilter(`event.source == "rare"`)
	require.NoError(t, err)
	at := store.Newest()
	for pass, want := range []struct {
		found, scanned int
		more           bool
	}{{0, 500, true}, {1, 500, false}} {
		w := &walk[*eventv1.Event]{
			records: storedEvents(s), condition: condition, logger: s.logger,
			size: 10, most: 500, at: at, deadline: time.Now().Add(time.Hour),
		}
		more, err := w.run(t.Context())
		require.NoError(t, err)
		require.Equal(t, want.more, more, pass)
		require.Len(t, w.found, want.found, pass)
		require.Equal(t, want.scanned, w.scanned, pass)
		at = w.at
	}
}

func TestList_StopsBeforeItsTimeIsOverButNeverWithoutProgress(t *testing.T) {
	t.Parallel()
	s := filled(t, 3, func(int) []byte { return eventRow(t, &eventv1.Event{Source: "website"}) })
	w := &walk[*eventv1.Event]{
		records: storedEvents(s), logger: s.logger, size: 10, most: maxScanned, at: store.Newest(), deadline: time.Now(),
	}
	more, err := w.run(t.Context())
	require.NoError(t, err)
	require.True(t, more)
	require.Len(t, w.found, 1)

	now := time.Now()
	require.Equal(t, now.Add(maxScanTime), scanDeadline(t.Context(), now))
	hurry, cancel := context.WithDeadline(t.Context(), now.Add(time.Second))
	defer cancel()
	require.Equal(t, now.Add(500*time.Millisecond), scanDeadline(hurry, now))
}

func TestList_AnswerStaysBelowWhatClientsAccept(t *testing.T) {
	t.Parallel()
	large := eventRow(t, &eventv1.Event{Raw: strings.Repeat("x", 64<<10)})
	huge := eventRow(t, &eventv1.Event{Raw: strings.Repeat("x", maxPageBytes+1)})
	s := filled(t, 200, func(i int) []byte {
		if i == 0 {
			return huge
		}
		return large
	})
	count, pages, token := 0, 0, ""
	for {
		answer, err := s.ListEvents(t.Context(), &queryv1.ListEventsRequest{PageSize: 1000, PageToken: token})
		require.NoError(t, err)
		if pages > 0 {
			require.Less(t, proto.Size(answer), 4<<20)
		} else {
			require.Len(t, answer.GetEvents(), 1, "a record that is too large alone is a page of its own")
		}
		count, pages, token = count+len(answer.GetEvents()), pages+1, answer.GetNextPageToken()
		if token == "" {
			break
		}
	}
	require.Equal(t, 200, count)
	require.Greater(t, pages, 4)
}

func TestList_PassesOverARowThatIsNoRecord(t *testing.T) {
	t.Parallel()
	s := filled(t, 3, func(i int) []byte {
		if i == 1 {
			return []byte("no event")
		}
		return eventRow(t, &eventv1.Event{Source: "website"})
	})
	logged := &strings.Builder{}
	s.logger = slog.New(slog.NewTextHandler(logged, nil))
	answer, err := s.ListEvents(t.Context(), &queryv1.ListEventsRequest{})
	require.NoError(t, err)
	require.Len(t, answer.GetEvents(), 2)
	require.Empty(t, answer.GetNextPageToken())
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(s.metrics.discards))
	families, err := registry.Gather()
	require.NoError(t, err)
	counted := families[0].GetMetric()[0]
	require.Equal(t, damagedRow, counted.GetLabel()[0].GetValue())
	require.InDelta(t, 1, counted.GetCounter().GetValue(), 0)
	require.Equal(t, 1, strings.Count(logged.String(), "id=e000001"), "it is named once")
	_, err = s.GetEvent(t.Context(), &queryv1.GetEventRequest{Id: "e000001"})
	require.Error(t, err)
}

func FuzzPageToken_OpensOnlyWhatItsScopeSealed(f *testing.F) {
	belongs := newScope(store.Events, "true")
	f.Add("")
	f.Add(belongs.seal(store.Position{At: -1, ID: "e1"}))
	f.Add(newScope(store.Leases, "true").seal(store.Position{At: 7, ID: ""}))
	f.Fuzz(func(t *testing.T, text string) {
		position, err := belongs.open(text)
		if err == nil && text != "" {
			require.Equal(t, text, belongs.seal(position), "one place has one token")
		}
	})
}

// storedEvents are the events of the read model.
func storedEvents(s *Server) records[*eventv1.Event] {
	r := eventRecords()
	r.rows = s.store
	return r
}
