package store

import (
	"context"
	"fmt"
	"time"
)

// Expire deletes up to limit records of each table that the stream stored
// before the given time and that are not kept, and returns how many it
// deleted. Call it again until it returns 0; small limits let the projection
// write in between.
func (s *Store) Expire(ctx context.Context, before time.Time, limit int) (int, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.writer == nil {
		return 0, ErrNotOpen
	}
	total := 0
	for _, table := range tables() {
		result, err := s.writer.ExecContext(ctx, fmt.Sprintf(`DELETE FROM %[1]s WHERE rowid IN
			(SELECT rowid FROM %[1]s WHERE kept = 0 AND stored < ? LIMIT ?)`, table), nanos(before), limit)
		if err != nil {
			return total, s.note(fmt.Errorf("delete expired %s: %w", table, err))
		}
		count, err := result.RowsAffected()
		if err != nil {
			return total, fmt.Errorf("delete expired %s: %w", table, err)
		}
		total += int(count)
	}
	return total, nil
}

// Reset deletes the records of the tables and the checkpoint of the stream,
// in one transaction, so that the stream is read again from its beginning.
func (s *Store) Reset(ctx context.Context, stream string, tables ...Table) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.writer == nil {
		return ErrNotOpen
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return s.note(fmt.Errorf("reset %s: %w", stream, err))
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing, before it the first error counts
	if _, err := tx.ExecContext(ctx, `DELETE FROM checkpoint WHERE stream = ?`, stream); err != nil {
		return s.note(fmt.Errorf("reset %s: %w", stream, err))
	}
	for _, table := range tables {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(`DELETE FROM %s`, table)); err != nil {
			return s.note(fmt.Errorf("reset %s: %w", table, err))
		}
	}
	if err := tx.Commit(); err != nil {
		return s.note(fmt.Errorf("reset %s: %w", stream, err))
	}
	return nil
}
