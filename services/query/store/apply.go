package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrMoved is returned by Apply when the stream's checkpoint is not the one
// the batch follows: the read model was emptied, or somebody else writes it.
// Read the checkpoint and go on from there.
var ErrMoved = errors.New("the checkpoint has moved")

// Record is one row.
type Record struct {
	// Table of the record.
	Table Table
	// ID of the record within its table.
	ID string
	// At orders lists, newest first.
	At time.Time
	// Updated, then Attempts, then Sequence tell which of two states of an
	// action or lease is newer; the older one changes nothing.
	Updated  time.Time
	Attempts int32
	// Sequence of the message on its stream.
	Sequence uint64
	// Stored is when the stream stored the message; retention counts from it.
	Stored time.Time
	// Kept records are not deleted by Expire: what is still open.
	Kept bool
	// Data is the encoded record.
	Data []byte
}

// Checkpoint is up to where a stream is in the read model.
type Checkpoint struct {
	// Sequence of the last message that is in, 0 for none.
	Sequence uint64
	// Stored is that message's time; with Created it tells whether the stream
	// is still the one that was read.
	Stored time.Time
	// Created is when the stream was created.
	Created time.Time
}

// Batch is what one transaction brings in.
type Batch struct {
	// Stream the records come from.
	Stream string
	// After is the sequence of the checkpoint that the batch follows.
	After uint64
	// To is the checkpoint after the batch.
	To Checkpoint
	// Records in the order of the stream.
	Records []Record
}

// Apply brings in the batch and its checkpoint in one transaction and returns
// for each record whether it changed anything: an id that is there already
// and an older state do not. After an error nothing of the batch is in.
func (s *Store) Apply(ctx context.Context, batch Batch) ([]bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.writer == nil {
		return nil, ErrNotOpen
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return nil, s.note(fmt.Errorf("begin to write %s: %w", batch.Stream, err))
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing, before it the first error counts
	if err := moveCheckpoint(ctx, tx, batch); err != nil {
		return nil, s.note(err)
	}
	changed := make([]bool, len(batch.Records))
	for i := range batch.Records {
		if changed[i], err = s.insert(ctx, tx, &batch.Records[i]); err != nil {
			return nil, s.note(err)
		}
	}
	if err := tx.Commit(); err != nil {
		return nil, s.note(fmt.Errorf("commit %s up to %d: %w", batch.Stream, batch.To.Sequence, err))
	}
	return changed, nil
}

func (s *Store) insert(ctx context.Context, tx *sql.Tx, r *Record) (bool, error) {
	kept := 0
	if r.Kept {
		kept = 1
	}
	result, err := tx.StmtContext(ctx, s.inserts[r.Table]).ExecContext(ctx, r.ID, nanos(r.At), nanos(r.Updated),
		r.Attempts, int64(r.Sequence), nanos(r.Stored), kept, r.Data)
	if err != nil {
		return false, fmt.Errorf("write %s into %s: %w", r.ID, r.Table, err)
	}
	count, err := result.RowsAffected()
	return count > 0, err
}

// moveCheckpoint is a compare-and-set, so that two writers of one file cannot
// both believe they follow the stream.
func moveCheckpoint(ctx context.Context, tx *sql.Tx, batch Batch) error {
	statement := `UPDATE checkpoint SET sequence = ?2, stored = ?3, created = ?4 WHERE stream = ?1 AND sequence = ?5`
	if batch.After == 0 {
		statement = `INSERT INTO checkpoint (stream, sequence, stored, created) SELECT ?1, ?2, ?3, ?4 WHERE ?5 = 0
			ON CONFLICT DO NOTHING`
	}
	result, err := tx.ExecContext(ctx, statement, batch.Stream, int64(batch.To.Sequence),
		nanos(batch.To.Stored), nanos(batch.To.Created), int64(batch.After))
	if err != nil {
		return fmt.Errorf("write checkpoint of %s: %w", batch.Stream, err)
	}
	if count, err := result.RowsAffected(); err != nil || count == 0 {
		return errors.Join(err, fmt.Errorf("%s after %d: %w", batch.Stream, batch.After, ErrMoved))
	}
	return nil
}

// prepareInserts prepares the insert of each table. What never changes keeps
// its first message; what has states keeps the newest.
func prepareInserts(ctx context.Context, db *sql.DB) (map[Table]*sql.Stmt, error) {
	inserts := make(map[Table]*sql.Stmt, len(tables()))
	for _, table := range tables() {
		conflict := `DO NOTHING`
		if table.changes() {
			conflict = `DO UPDATE SET at = excluded.at, updated = excluded.updated, attempts = excluded.attempts,
				sequence = excluded.sequence, stored = excluded.stored, kept = excluded.kept, data = excluded.data
				WHERE (excluded.updated, excluded.attempts, excluded.sequence) > (updated, attempts, sequence)`
		}
		statement, err := db.PrepareContext(ctx, fmt.Sprintf(
			`INSERT INTO %s (id, at, updated, attempts, sequence, stored, kept, data)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) %s`, table, conflict))
		if err != nil {
			return nil, fmt.Errorf("prepare insert into %s: %w", table, err)
		}
		inserts[table] = statement
	}
	return inserts, nil
}

// nanos is t in ns since 1970. Times outside the years 1678 to 2262 become the
// first or last one that fits: they still sort right among the others.
func nanos(t time.Time) int64 {
	switch {
	case t.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	default:
		return t.UnixNano()
	}
}
