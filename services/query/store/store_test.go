package store_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/signalbox-io/signalbox/services/query/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const stream = "SIGNALBOX_EVENTS"

func start() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func at(seconds int) time.Time { return start().Add(time.Duration(seconds) * time.Second) }

func open(tb testing.TB, path string) *store.Store {
	tb.Helper()
	s := store.New(path, slog.New(slog.DiscardHandler))
	require.NoError(tb, s.Open(tb.Context()))
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}

func fresh(tb testing.TB) *store.Store {
	tb.Helper()
	return open(tb, filepath.Join(tb.TempDir(), "sub", "query.db"))
}

func record(table store.Table, id string, second int) store.Record {
	return store.Record{Table: table, ID: id, At: at(second), Stored: at(second), Data: []byte(id)}
}

func apply(tb testing.TB, s *store.Store, records ...store.Record) []bool {
	tb.Helper()
	before, err := s.Checkpoint(tb.Context(), stream)
	require.NoError(tb, err)
	for i := range records {
		records[i].Sequence = before.Sequence + uint64(i) + 1
	}
	changed, err := s.Apply(tb.Context(), store.Batch{
		Stream: stream, After: before.Sequence, Records: records,
		To: store.Checkpoint{Sequence: before.Sequence + uint64(len(records)), Stored: start(), Created: start()},
	})
	require.NoError(tb, err)
	return changed
}

func ids(tb testing.TB, s *store.Store, table store.Table) []string {
	tb.Helper()
	rows, err := s.Page(tb.Context(), table, store.Newest(), 1000)
	require.NoError(tb, err)
	var list []string
	for _, row := range rows {
		list = append(list, row.ID)
	}
	return list
}

func TestApply_KeepsRowsAndCheckpointOverAReopen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "query.db")
	first := open(t, path)
	apply(t, first, record(store.Events, "a", 1), record(store.Events, "b", 3), record(store.Decisions, "d", 2))
	require.NoError(t, first.Close())
	require.NoError(t, first.Close(), "closing twice does nothing")

	again := open(t, path)
	require.Equal(t, []string{"b", "a"}, ids(t, again, store.Events))
	require.Equal(t, []string{"d"}, ids(t, again, store.Decisions))
	checkpoint, err := again.Checkpoint(t.Context(), stream)
	require.NoError(t, err)
	require.Equal(t, store.Checkpoint{Sequence: 3, Stored: start(), Created: start()}, checkpoint)
	data, err := again.Get(t.Context(), store.Events, "b")
	require.NoError(t, err)
	require.Equal(t, "b", string(data))
	_, err = again.Get(t.Context(), store.Events, "nobody")
	require.ErrorIs(t, err, store.ErrNotFound)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "vendors' data are the owner's alone")
}

func TestApply_TakesAnEventOnce(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	other := record(store.Events, "a", 9)
	other.Data = []byte("other")
	require.Equal(t, []bool{true, false, true}, apply(t, s, record(store.Events, "a", 1), other, record(store.Events, "b", 2)))
	data, err := s.Get(t.Context(), store.Events, "a")
	require.NoError(t, err)
	require.Equal(t, "a", string(data))
}

func TestApply_NeverLetsAnOlderStateOverwriteANewerOne(t *testing.T) {
	t.Parallel()
	state := func(name string, updated int, attempts int32) store.Record {
		r := record(store.Actions, "x", 1)
		r.Updated, r.Attempts, r.Data = at(updated), attempts, []byte(name)
		return r
	}
	for name, tt := range map[string]struct {
		states []store.Record
		want   string
	}{
		"in order":                    {[]store.Record{state("pending", 1, 0), state("done", 2, 1)}, "done"},
		"older time later":            {[]store.Record{state("done", 2, 1), state("pending", 1, 0)}, "done"},
		"same time, fewer attempts":   {[]store.Record{state("second", 2, 2), state("first", 2, 1)}, "second"},
		"same time, same attempts":    {[]store.Record{state("attempting", 2, 1), state("done", 2, 1)}, "done"},
		"newer time, fewer attempts":  {[]store.Record{state("failed", 2, 3), state("retried", 3, 0)}, "retried"},
		"the same state stored twice": {[]store.Record{state("done", 2, 1), state("done", 2, 1)}, "done"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fresh(t)
			apply(t, s, tt.states...)
			data, err := s.Get(t.Context(), store.Actions, "x")
			require.NoError(t, err)
			require.Equal(t, tt.want, string(data))
		})
	}
}

func TestApply_RefusesABatchThatDoesNotFollowTheCheckpoint(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	apply(t, s, record(store.Events, "a", 1))
	for _, after := range []uint64{0, 7} {
		_, err := s.Apply(t.Context(), store.Batch{
			Stream: stream, After: after, To: store.Checkpoint{Sequence: 8},
			Records: []store.Record{record(store.Events, "b", 2)},
		})
		require.ErrorIs(t, err, store.ErrMoved)
	}
	require.Equal(t, []string{"a"}, ids(t, s, store.Events), "nothing of a refused batch is in")
}

func TestPage_WalksByKeysetWhileRecordsArrive(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	for i := range 10 { // pairs of the same instant
		apply(t, s, record(store.Events, fmt.Sprintf("e%d", i), i/2))
	}
	var seen []string
	position := store.Newest()
	for page := 0; ; page++ {
		rows, err := s.Page(t.Context(), store.Events, position, 3)
		require.NoError(t, err)
		for _, row := range rows {
			seen = append(seen, row.ID)
			position = row.Position
		}
		if len(rows) < 3 {
			break
		}
		apply(t, s, record(store.Events, fmt.Sprintf("late%d", page), 100+page))
	}
	require.Equal(t, []string{"e9", "e8", "e7", "e6", "e5", "e4", "e3", "e2", "e1", "e0"}, seen)
}

func TestPage_SortsTimesThatNanosecondsCannotHold(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	early, late := record(store.Events, "early", 0), record(store.Events, "late", 0)
	early.At, late.At = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	apply(t, s, early, late, record(store.Events, "now", 0))
	require.Equal(t, []string{"late", "now", "early"}, ids(t, s, store.Events))
}

func TestExpire_DeletesInSmallBatchesAndKeepsWhatIsOpen(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	active := record(store.Leases, "active", 1)
	active.Kept = true
	apply(t, s, active, record(store.Leases, "ended", 1))
	for i := range 5 {
		apply(t, s, record(store.Events, fmt.Sprintf("e%d", i), i))
	}
	deleted, err := s.Expire(t.Context(), at(4), 2)
	require.NoError(t, err)
	require.Equal(t, 3, deleted, "two events and a lease")
	deleted, err = s.Expire(t.Context(), at(4), 2)
	require.NoError(t, err)
	require.Equal(t, 2, deleted)
	require.Equal(t, []string{"e4"}, ids(t, s, store.Events))
	require.Equal(t, []string{"active"}, ids(t, s, store.Leases))
}

func TestReset_EmptiesTheStreamsTablesAlone(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	apply(t, s, record(store.Events, "a", 1), record(store.Decisions, "d", 1))
	require.NoError(t, s.Reset(t.Context(), stream, store.Events))
	require.Empty(t, ids(t, s, store.Events))
	require.Equal(t, []string{"d"}, ids(t, s, store.Decisions))
	checkpoint, err := s.Checkpoint(t.Context(), stream)
	require.NoError(t, err)
	require.Zero(t, checkpoint)
}

func TestOpen_SetsAsideWhatItCannotUse(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, path string){
		"no database": func(t *testing.T, path string) {
			t.Helper()
			require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("no database "), 1000), 0o600))
		},
		"another schema": func(t *testing.T, path string) {
			t.Helper()
			s := open(t, path)
			apply(t, s, record(store.Events, "old", 1))
			require.NoError(t, s.Close())
			patch(t, path, 60, []byte{0, 0, 0, 99}) // the header's user version
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "query.db")
			spoil(t, path)
			s := open(t, path)
			require.Empty(t, ids(t, s, store.Events))
			apply(t, s, record(store.Events, "new", 1))
			require.FileExists(t, path+".set-aside")
		})
	}
}

func TestRepair_ReplacesAFileThatBreaksWhileInUse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "query.db")
	s := open(t, path)
	for i := range 300 {
		r := record(store.Events, fmt.Sprintf("e%03d", i), i)
		r.Data = bytes.Repeat([]byte("x"), 1000)
		apply(t, s, r)
	}
	require.NoError(t, s.Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	for offset := int64(4096 * 8); offset < info.Size(); offset += 4096 {
		patch(t, path, offset, bytes.Repeat([]byte{0xff}, 512))
	}
	require.NoError(t, s.Open(t.Context()), "what opening reads is whole")
	repaired, err := s.Repair(t.Context())
	require.NoError(t, err)
	require.False(t, repaired, "nobody met the damage yet")

	_, err = s.Page(t.Context(), store.Events, store.Newest(), 1000)
	require.Error(t, err)
	repaired, err = s.Repair(t.Context())
	require.NoError(t, err)
	require.True(t, repaired)
	require.Empty(t, ids(t, s, store.Events))
	apply(t, s, record(store.Events, "again", 1))
	require.Equal(t, []string{"again"}, ids(t, s, store.Events))
}

func TestStore_AnswersBeforeOpenAndAfterClose(t *testing.T) {
	t.Parallel()
	s := store.New(filepath.Join(t.TempDir(), "query.db"), slog.New(slog.DiscardHandler))
	_, err := s.Page(t.Context(), store.Events, store.Newest(), 1)
	require.ErrorIs(t, err, store.ErrNotOpen)
	_, err = s.Apply(t.Context(), store.Batch{})
	require.ErrorIs(t, err, store.ErrNotOpen)
	_, err = s.Checkpoint(t.Context(), stream)
	require.ErrorIs(t, err, store.ErrNotOpen)
	require.NoError(t, s.Close())
}

func patch(t *testing.T, path string, offset int64, with []byte) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0o600)
	require.NoError(t, err)
	_, err = file.WriteAt(with, offset)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}
