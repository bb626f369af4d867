package query

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/services/query/store"
)

// Bounds of one call. A call that reaches one of them ends with what it has
// found and a token to go on with.
const (
	// maxScanned is how many rows a filter is evaluated over.
	maxScanned = 20_000
	// maxScanTime is how long they may take, or half of the caller's time.
	maxScanTime = 2 * time.Second
	// maxPageBytes keeps an answer below the 4 MiB that gRPC clients accept
	// unless they are told otherwise.
	maxPageBytes = 3 << 20
	// chunkRows is how many rows are read at a time.
	chunkRows = 200
)

// records is what is particular to the records of one list.
type records[T proto.Message] struct {
	table store.Table
	// rows is where they are read, nil for the read model.
	rows   pager
	empty  func() T
	filter func(text string) (filter[T], error)
}

// pager reads records from a position on, newest first.
type pager interface {
	Page(ctx context.Context, table store.Table, after store.Position, limit int) ([]store.Row, error)
}

// listRequest is what every list is asked with.
type listRequest interface {
	GetPageSize() int32
	GetPageToken() string
	GetFilter() string
}

// list returns one page, newest first, and the token of the next, "" on the
// last page.
func list[T proto.Message](
	ctx context.Context, s *Server, r records[T], req listRequest,
) (page []T, next string, err error) {
	size, err := pageSize(req.GetPageSize())
	if err != nil {
		return nil, "", err
	}
	text := strings.TrimSpace(req.GetFilter())
	condition, err := r.filter(text)
	if err != nil {
		return nil, "", err
	}
	belongs := newScope(r.table, text)
	from, err := belongs.open(req.GetPageToken())
	if err != nil {
		return nil, "", err
	}
	if r.rows == nil {
		r.rows = s.store
	}
	w := &walk[T]{
		records: r, condition: condition, logger: s.logger, discarded: s.metrics.discarded,
		size: size, most: maxScanned, at: from, deadline: scanDeadline(ctx, time.Now()),
	}
	more, err := w.run(ctx)
	if err != nil {
		return nil, "", s.unreadable(ctx, err)
	}
	if more {
		next = belongs.seal(w.at)
	}
	return w.found, next, nil
}

// scanDeadline leaves a caller in a hurry half of the time to receive what was
// found.
func scanDeadline(ctx context.Context, now time.Time) time.Time {
	limit := maxScanTime
	if end, ok := ctx.Deadline(); ok {
		limit = min(limit, end.Sub(now)/2)
	}
	return now.Add(limit)
}

// walk goes over the rows of a table from a position on and gathers those that
// pass the condition.
type walk[T proto.Message] struct {
	records[T]

	condition filter[T]
	logger    *slog.Logger
	discarded func(reason string)
	// size, most and deadline bound what is found, looked at and waited for.
	size, most int
	deadline   time.Time

	// at is the last row that was looked at.
	at      store.Position
	found   []T
	bytes   int
	scanned int
}

// run gathers a page and reports whether there are rows after it.
func (w *walk[T]) run(ctx context.Context) (more bool, err error) {
	chunk := chunkRows
	if w.condition.program == nil {
		chunk = min(chunk, w.size+1)
	}
	for {
		rows, err := w.rows.Page(ctx, w.table, w.at, chunk)
		if err != nil {
			return false, err
		}
		for i := range rows {
			if w.isFull(&rows[i]) {
				return true, nil
			}
			w.take(ctx, &rows[i])
		}
		if len(rows) < chunk {
			return false, nil
		}
	}
}

// isFull reports whether the page ends before the row. Each call looks at one
// row at least, so whoever follows the tokens arrives.
func (w *walk[T]) isFull(row *store.Row) bool {
	switch {
	case len(w.found) == w.size:
		return true
	case len(w.found) > 0 && w.bytes+len(row.Data) > maxPageBytes:
		return true
	default:
		return w.scanned >= w.most || w.scanned > 0 && !time.Now().Before(w.deadline)
	}
}

// take looks at the row. One that cannot be decoded is passed over, counted and
// named, because it must not stand between a caller and everything older.
func (w *walk[T]) take(ctx context.Context, row *store.Row) {
	w.at = row.Position
	w.scanned++
	record := w.empty()
	if err := proto.Unmarshal(row.Data, record); err != nil {
		w.discarded(damagedRow)
		w.logger.ErrorContext(ctx, "row of the read model is no record and is left out of the list",
			slog.String("table", string(w.table)), slog.String("id", row.ID), slog.Any("error", err))
		return
	}
	if w.condition.holds(record) {
		w.found = append(w.found, record)
		w.bytes += len(row.Data)
	}
}
