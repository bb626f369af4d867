package poll

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

// errCursorMoved is returned when another poller moved the cursor since it was
// read.
var errCursorMoved = errors.New("another poller moved the cursor")

// cursor is what a source's pollers have done so far.
type cursor struct {
	// revision in the bucket, 0 for a cursor that is not there yet.
	revision uint64
	// position is up to where everything has been published; zero before the
	// first poll.
	position  time.Time
	seen      map[string]mark
	published uint64
	rejected  uint64
	// stream is the one on which what was published is.
	stream bus.Extent
}

// mark is what is remembered of an event.
type mark struct {
	// at is the end of the last window that held the event: the vendor's time
	// of the event is not later.
	at time.Time
	// openSince is zero for a thing that will not change.
	openSince time.Time
	// stands is how an open thing stood, 0 where nothing is told of that.
	stands uint32
}

// window returns the span to read at now.
func (c cursor) window(cfg Config, now time.Time) Window {
	to := now.Truncate(time.Second)
	if c.position.IsZero() {
		return Window{From: to.Add(-cfg.LookBack), To: to}
	}
	// A position in the future is left by a clock that was ahead: all there
	// was up to the present has been read.
	from := earlier(c.position, to).Add(-cfg.Overlap)
	if open, ok := c.oldestOpen(); ok {
		from = earlier(from, later(open, to.Add(-cfg.FollowOpen)))
	}
	return Window{From: from.Truncate(time.Second), To: to}
}

func (c cursor) oldestOpen() (time.Time, bool) {
	var oldest time.Time
	for _, m := range c.seen {
		if !m.openSince.IsZero() && (oldest.IsZero() || m.openSince.Before(oldest)) {
			oldest = m.openSince
		}
	}
	return oldest, !oldest.IsZero()
}

// advance returns the cursor after everything in the window has been
// published.
func (c cursor) advance(cfg Config, w Window, found sifted) cursor {
	next := c.remember(found.returned)
	next.position = later(earlier(c.position, cfg.Now()), w.To)
	for id, m := range next.seen {
		if _, ok := found.returned[id]; !ok && next.endedIn(cfg, w, m, found.isSpoiled) {
			m.openSince = time.Time{}
			next.seen[id] = m
		}
	}
	// What no later window can return is forgotten: later windows begin at or
	// after the one that would follow at this very moment.
	horizon := next.window(cfg, next.position).From
	maps.DeleteFunc(next.seen, func(_ string, m mark) bool { return m.at.Before(horizon) })
	return next
}

// endedIn reports whether an open thing should have been in the window and was
// not, or has been followed for long enough. Where records could not be read,
// it may be one of them.
func (c cursor) endedIn(cfg Config, w Window, m mark, isSpoiled bool) bool {
	within := !isSpoiled && !m.openSince.Before(w.From) && m.openSince.Before(w.To)
	return within || m.openSince.Before(c.position.Add(-cfg.FollowOpen))
}

// remember returns the cursor with what was returned and the position left
// where it is.
func (c cursor) remember(returned map[string]mark) cursor {
	next := c
	next.seen = maps.Clone(c.seen)
	maps.Copy(next.seen, returned)
	return next
}

// forgetOldest drops what was seen longest ago until no more than limit ids
// are left.
func (c cursor) forgetOldest(limit int) {
	c.forget(limit, func(string) bool { return true })
}

// forgetReplaced drops, the oldest first, ids that the vendor has just not returned
// until no more than limit are left: how open things stood that stand otherwise now.
// Should one of them stand so again, its event is published again, with the same id.
// What is open stays.
func (c cursor) forgetReplaced(returned map[string]mark, limit int) {
	c.forget(limit, func(id string) bool {
		_, isThere := returned[id]
		return !isThere && c.seen[id].openSince.IsZero()
	})
}

// forget drops what was seen longest ago and may be dropped until no more than limit
// ids are left, or nothing more may.
func (c cursor) forget(limit int, may func(id string) bool) {
	if len(c.seen) <= limit {
		return
	}
	for _, id := range c.idsByAge() {
		if len(c.seen) <= limit {
			return
		}
		if may(id) {
			delete(c.seen, id)
		}
	}
}

func (c cursor) idsByAge() []string {
	return slices.SortedFunc(maps.Keys(c.seen), func(a, b string) int {
		if order := c.seen[a].at.Compare(c.seen[b].at); order != 0 {
			return order
		}
		return strings.Compare(a, b)
	})
}

func loadCursor(ctx context.Context, bucket jetstream.KeyValue, source string) (cursor, error) {
	entry, err := bucket.Get(ctx, source)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return cursor{seen: map[string]mark{}}, nil
	}
	if err != nil {
		return cursor{}, fmt.Errorf("read cursor of %s: %w", source, err)
	}
	var stored sourcev1.Cursor
	if err := proto.Unmarshal(entry.Value(), &stored); err != nil {
		return cursor{}, permanentError{fmt.Errorf(
			"read cursor of %s: revision %d in bucket %s is no cursor (%w); delete the key to start from poll.look_back again",
			source, entry.Revision(), bucket.Bucket(), err)}
	}
	return decodeCursor(entry.Revision(), &stored), nil
}

func decodeCursor(revision uint64, stored *sourcev1.Cursor) cursor {
	c := cursor{
		revision:  revision,
		position:  timeOf(stored.GetPosition()),
		seen:      make(map[string]mark, len(stored.GetSeen())),
		published: stored.GetEventsPublished(),
		rejected:  stored.GetRecordsRejected(),
		stream:    decodeExtent(stored.GetStream()),
	}
	for _, s := range stored.GetSeen() {
		c.seen[s.GetId()] = mark{at: timeOf(s.GetSeenAt()), openSince: timeOf(s.GetOpenSince()), stands: s.GetStands()}
	}
	return c
}

// save writes the cursor where the one it was made from stands.
func (c cursor) save(ctx context.Context, bucket jetstream.KeyValue, source string) (uint64, error) {
	stored := &sourcev1.Cursor{
		Position: timestampOf(c.position), Seen: make([]*sourcev1.SeenEvent, 0, len(c.seen)),
		EventsPublished: c.published, RecordsRejected: c.rejected,
		Stream: encodeExtent(c.stream),
	}
	for _, id := range c.idsByAge() {
		m := c.seen[id]
		stored.Seen = append(stored.Seen, &sourcev1.SeenEvent{
			Id: id, SeenAt: timestampOf(m.at), OpenSince: timestampOf(m.openSince), Stands: m.stands,
		})
	}
	data, err := proto.Marshal(stored)
	if err != nil {
		return 0, permanentError{fmt.Errorf("write cursor of %s: %w", source, err)}
	}
	var revision uint64
	if c.revision == 0 {
		revision, err = bucket.Create(ctx, source, data)
	} else {
		revision, err = bucket.Update(ctx, source, data, c.revision)
	}
	if errors.Is(err, jetstream.ErrKeyRevisionMismatch) || errors.Is(err, jetstream.ErrKeyExists) {
		return 0, permanentError{errCursorMoved}
	}
	if err != nil {
		return 0, fmt.Errorf("write cursor of %s: %w", source, err)
	}
	return revision, nil
}

func timeOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

func timestampOf(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
