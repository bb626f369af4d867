package store

import (
	"context"
	"database/sql"
	"fmt"
)

// schemaVersion counts the layouts of the file. A file of another version is
// set aside and built again, so a change needs no migration.
const schemaVersion = 1

// Table names one sort of record.
type Table string

// The tables.
const (
	Events    Table = "events"
	Decisions Table = "decisions"
	Actions   Table = "actions"
	Leases    Table = "leases"
)

func tables() []Table { return []Table{Events, Decisions, Actions, Leases} }

// changes reports whether records of the table have states that follow each
// other under one id.
func (t Table) changes() bool { return t == Actions || t == Leases }

const checkpointSchema = `
CREATE TABLE checkpoint (
	stream   TEXT PRIMARY KEY,
	sequence INTEGER NOT NULL, -- of the last message that is in
	stored   INTEGER NOT NULL, -- that message's time, ns since 1970
	created  INTEGER NOT NULL  -- when the stream was created, ns since 1970
) STRICT, WITHOUT ROWID`

// tableSchema is the same for every table: what lists need stands in columns,
// the record itself in data. at orders lists, updated and attempts and
// sequence tell which of two states is newer, stored and kept are for
// retention.
const tableSchema = `
CREATE TABLE %[1]s (
	id       TEXT PRIMARY KEY,
	at       INTEGER NOT NULL, -- ns since 1970
	updated  INTEGER NOT NULL, -- ns since 1970
	attempts INTEGER NOT NULL,
	sequence INTEGER NOT NULL,
	stored   INTEGER NOT NULL, -- ns since 1970
	kept     INTEGER NOT NULL, -- 1: retention does not apply
	data     BLOB NOT NULL
) STRICT;
CREATE INDEX %[1]s_newest ON %[1]s (at, id);
CREATE INDEX %[1]s_stored ON %[1]s (stored) WHERE kept = 0`

// prepare makes db's schema the current one if db is empty, and reports
// whether it is the current one.
func prepare(ctx context.Context, db *sql.DB) (bool, error) {
	version, count, err := inspect(ctx, db)
	if err != nil {
		return false, err
	}
	if version == 0 && count == 0 {
		return true, create(ctx, db)
	}
	return version == schemaVersion && count == len(tables())+1, nil
}

// inspect returns the version the file claims and how many tables it has.
func inspect(ctx context.Context, db *sql.DB) (version, count int, err error) {
	if err := db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return 0, 0, fmt.Errorf("read schema version: %w", err)
	}
	row := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table'`)
	if err := row.Scan(&count); err != nil {
		return 0, 0, fmt.Errorf("read schema: %w", err)
	}
	return version, count, nil
}

func create(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("create schema: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing, before it the first error counts
	statements := []string{checkpointSchema, fmt.Sprintf(`PRAGMA user_version = %d`, schemaVersion)}
	for _, table := range tables() {
		statements = append(statements, fmt.Sprintf(tableSchema, table))
	}
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("create schema: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("create schema: %w", err)
	}
	return nil
}
