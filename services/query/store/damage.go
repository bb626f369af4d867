package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"modernc.org/sqlite"
	sqlitecode "modernc.org/sqlite/lib"
)

// asideSuffix is appended to the name of a file that cannot be used. There is
// one such file at most: the next takes its place.
const asideSuffix = ".set-aside"

// primaryCode masks the extension of SQLite's error codes.
const primaryCode = 0xff

// isDamage reports whether err says that the file itself is bad, which trying
// again does not cure.
func isDamage(err error) bool {
	fault, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch fault.Code() & primaryCode {
	case sqlitecode.SQLITE_CORRUPT, sqlitecode.SQLITE_NOTADB, sqlitecode.SQLITE_FORMAT:
		return true
	default:
		return false
	}
}

// note remembers damage that a reader or the writer met and passes err on.
func (s *Store) note(err error) error {
	if isDamage(err) {
		s.damaged.Store(true)
	}
	return err
}

// Repair replaces a file that turned out to be damaged while it was in use
// by an empty one, and reports whether it did. The projection goes on from the
// checkpoints, which are gone then.
func (s *Store) Repair(ctx context.Context) (bool, error) {
	if !s.damaged.Load() {
		return false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.damaged.Load() { // another loop was quicker
		return false, nil
	}
	if err := s.close(); err != nil {
		s.logger.WarnContext(ctx, "damaged read model did not close", slog.Any("error", err))
	}
	return true, s.replace(ctx, "it is damaged")
}

// replace sets the file aside and opens an empty one; the caller holds mu and
// has closed the file.
func (s *Store) replace(ctx context.Context, reason string) error {
	aside := s.path + asideSuffix
	s.logger.WarnContext(ctx, "read model cannot be used and is built again from the streams",
		slog.String("reason", reason), slog.String("set_aside", aside))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := moveAway(s.path+suffix, aside+suffix); err != nil {
			return fmt.Errorf("set the read model aside: %w", err)
		}
	}
	usable, err := s.open(ctx)
	if err != nil || !usable {
		return fmt.Errorf("open an empty read model %s: %w", s.path, errors.Join(err, ErrNotOpen))
	}
	s.damaged.Store(false)
	return nil
}

func moveAway(from, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(from, to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
