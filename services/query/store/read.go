package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrNotFound is returned for an id that is not there.
var ErrNotFound = errors.New("not found")

// Position is a place in a list: after the record of that time and id. The
// time is in ns since 1970.
type Position struct {
	At int64
	ID string
}

// Newest is the position before every record. No id is as great as its id.
func Newest() Position { return Position{At: math.MaxInt64, ID: "\U0010ffff"} }

// Row is one record of a list.
type Row struct {
	Position
	// Data is the encoded record.
	Data []byte
}

// Page returns up to limit records of the table that come after the position,
// newest first. Records that arrive while a caller goes from page to page
// move nothing: each page begins where the one before ended.
func (s *Store) Page(ctx context.Context, table Table, after Position, limit int) ([]Row, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.reader == nil {
		return nil, ErrNotOpen
	}
	list, err := s.reader.QueryContext(ctx, fmt.Sprintf(
		`SELECT at, id, data FROM %s WHERE (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?`, table),
		after.At, after.ID, limit)
	if err != nil {
		return nil, s.note(fmt.Errorf("list %s: %w", table, err))
	}
	defer func() { _ = list.Close() }() // list.Err tells what went wrong
	rows := make([]Row, 0, min(limit, 1024))
	for list.Next() {
		var row Row
		if err := list.Scan(&row.At, &row.ID, &row.Data); err != nil {
			return nil, s.note(fmt.Errorf("list %s: %w", table, err))
		}
		rows = append(rows, row)
	}
	if err := list.Err(); err != nil {
		return nil, s.note(fmt.Errorf("list %s: %w", table, err))
	}
	return rows, nil
}

// Get returns the data of one record, or ErrNotFound.
func (s *Store) Get(ctx context.Context, table Table, id string) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.reader == nil {
		return nil, ErrNotOpen
	}
	var data []byte
	row := s.reader.QueryRowContext(ctx, fmt.Sprintf(`SELECT data FROM %s WHERE id = ?`, table), id)
	switch err := row.Scan(&data); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("get %s from %s: %w", id, table, ErrNotFound)
	case err != nil:
		return nil, s.note(fmt.Errorf("get %s from %s: %w", id, table, err))
	default:
		return data, nil
	}
}

// Checkpoint returns up to where the stream is in; the zero Checkpoint for a
// stream of which nothing is.
func (s *Store) Checkpoint(ctx context.Context, stream string) (Checkpoint, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.writer == nil {
		return Checkpoint{}, ErrNotOpen
	}
	var sequence, stored, created int64
	row := s.writer.QueryRowContext(ctx, `SELECT sequence, stored, created FROM checkpoint WHERE stream = ?`, stream)
	switch err := row.Scan(&sequence, &stored, &created); {
	case errors.Is(err, sql.ErrNoRows):
		return Checkpoint{}, nil
	case err != nil:
		return Checkpoint{}, s.note(fmt.Errorf("read checkpoint of %s: %w", stream, err))
	default:
		return Checkpoint{
			Sequence: uint64(sequence), Stored: time.Unix(0, stored).UTC(), Created: time.Unix(0, created).UTC(),
		}, nil
	}
}
