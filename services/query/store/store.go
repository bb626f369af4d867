package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

const (
	busyMillis = 5000
	readers    = 4
)

// ErrNotOpen is returned before Open and after Close.
var ErrNotOpen = errors.New("the read model is not open")

// Store is the read model in one file. It is safe for concurrent use: one
// writer at a time, several readers beside it.
type Store struct {
	path    string
	logger  *slog.Logger
	damaged atomic.Bool

	mu      sync.RWMutex // held for writing only while the file is replaced
	writer  *sql.DB
	reader  *sql.DB
	inserts map[Table]*sql.Stmt
}

// New returns a store at path that is not open; it touches nothing.
func New(path string, logger *slog.Logger) *Store { return &Store{path: path, logger: logger} }

// Open opens the file and creates what is missing. A file that cannot be used
// is set aside; the reason is logged.
func (s *Store) Open(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer != nil {
		return nil
	}
	usable, err := s.open(ctx)
	if err == nil && usable {
		return nil
	}
	if err != nil && !isDamage(err) {
		return fmt.Errorf("open the read model %s: %w", s.path, err)
	}
	reason := "its schema is of another version"
	if err != nil {
		reason = err.Error()
	}
	return s.replace(ctx, reason)
}

// Close closes the file. Closing twice does nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.close()
}

// open reports whether the file is one this version can use; only then it
// stays open. The caller holds mu.
func (s *Store) open(ctx context.Context) (bool, error) {
	if err := touch(s.path); err != nil {
		return false, err
	}
	writer, err := sql.Open("sqlite", dataSource(s.path, "_txlock=immediate"))
	if err != nil {
		return false, err
	}
	writer.SetMaxOpenConns(1)
	usable, err := prepare(ctx, writer)
	if err != nil || !usable {
		return false, errors.Join(err, writer.Close())
	}
	reader, err := sql.Open("sqlite", dataSource(s.path, "_pragma=query_only(1)"))
	if err != nil {
		return false, errors.Join(err, writer.Close())
	}
	reader.SetMaxOpenConns(readers)
	inserts, err := prepareInserts(ctx, writer)
	if err != nil {
		return false, errors.Join(err, reader.Close(), writer.Close())
	}
	s.writer, s.reader, s.inserts = writer, reader, inserts
	return true, nil
}

// close is Close for a caller that holds mu.
func (s *Store) close() error {
	if s.writer == nil {
		return nil
	}
	err := errors.Join(s.reader.Close(), s.writer.Close())
	s.writer, s.reader, s.inserts = nil, nil, nil
	if err != nil {
		return fmt.Errorf("close the read model: %w", err)
	}
	return nil
}

// touch creates the file for its owner alone; SQLite gives the files beside
// it the same mode.
func touch(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator's own path
	if err != nil {
		return err
	}
	return file.Close()
}

// dataSource is the address of the file for the driver. NORMAL loses no
// consistency in WAL mode, only the last transactions on a power cut, and
// those are projected again.
func dataSource(path, more string) string {
	address := url.URL{Scheme: "file", Path: path}
	return address.String() + fmt.Sprintf("?_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(NORMAL)&_pragma=journal_size_limit(67108864)&%s", busyMillis, more)
}
