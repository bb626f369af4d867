package poll

import (
	"context"
	"time"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

// Fetcher reads one vendor account through its adapter. The loop calls it from
// one goroutine at a time.
type Fetcher interface {
	// Fetch returns what the vendor holds for the window. Each event must
	// carry an id that depends on the vendor's data alone, so that reading the
	// same record again gives the same id, and the time at which it was seen.
	//
	// An error beside a batch that is not empty says that a part could not be
	// read: the rest is published, the cursor's position stays. An error's
	// text must be redacted.
	Fetch(ctx context.Context, w Window) (Batch, error)
}

// Window is the span of time to read, in whole seconds. Whether its ends
// belong to it is the vendor's affair: windows overlap. A source that knows
// only the present ignores it.
type Window struct {
	// From is its start.
	From time.Time
	// To is its end, never later than now.
	To time.Time
}

// Batch is what one Fetch brought.
type Batch struct {
	// Events in the order in which they are to be published.
	Events []*eventv1.Event
	// Open holds, by event id, since when a thing has been open that will
	// change at the vendor. Windows reach back to it, see Config.FollowOpen.
	Open map[string]time.Time
	// Changes holds, by the id of an event that tells how an open thing stands, the id
	// of the event that told of it first, which comes before it. Such an event is
	// published where the thing stood otherwise when it was read before: what it was like
	// when it was first seen is no change. Its id must depend on what it tells alone.
	Changes map[string]string
	// Rejected are the records that could not become events.
	Rejected []Rejected
	// Omitted counts, by field, the values that a mapping could not compute
	// and left out of its event, and what could not be asked for.
	Omitted map[string]int
	// Why says of the first of each field why, in words; redacted.
	Why map[string]string
	// Alerts are those of the source as they stand, whatever the window; nil where
	// none were asked for.
	Alerts *Alerts
}

// Alerts are what a source told when it was asked for all of its alerts.
type Alerts struct {
	// List holds them.
	List []*sourcev1.Alert
	// At is when they were asked for.
	At time.Time
	// Err says why they cannot be read, redacted; nil if they can. It is told of, and
	// neither fails the poll nor holds its position: events do not depend on it.
	Err error
	// Unread says why some of them could not be read, redacted; nil if List has them
	// all. Those stay as they were known.
	Unread error
	// Unsure says of which it is not known whether they are paused, redacted; nil if
	// it is of all of them. Those stay as they were known, and count as paused where
	// they were not.
	Unsure error
}

// Rejected is one record that could not become an event.
type Rejected struct {
	// Reason is one word for metrics and the dead letter's subject:
	// `unreadable`.
	Reason string
	// Detail says in words which record and what is wrong with it; redacted.
	Detail string
	// Record as the vendor sent it; redacted.
	Record string
	// Part is the site, report or campaign that the record is of, "" where the
	// source has none. Equal records of one part are one dead letter, those of
	// two parts are two.
	Part string `json:",omitempty"`
}

// Omit counts one value that was left out of its event, and says why.
func (b *Batch) Omit(field, why string) {
	b.omit(field, 1, why)
}

func (b *Batch) omit(field string, n int, why string) {
	if b.Omitted == nil {
		b.Omitted, b.Why = map[string]int{}, map[string]string{}
	}
	b.Omitted[field] += n
	if b.Why[field] == "" {
		b.Why[field] = why
	}
}

// Reject adds one record that could not become an event.
func (b *Batch) Reject(reason, detail, record string) {
	b.Rejected = append(b.Rejected, Rejected{Reason: reason, Detail: detail, Record: record})
}

// RejectOf adds one record of a part of the source that could not become an
// event.
func (b *Batch) RejectOf(part, reason, detail, record string) {
	b.Rejected = append(b.Rejected, Rejected{Reason: reason, Detail: detail, Record: record, Part: part})
}

// Follow says that the thing behind the event may still change at the vendor.
func (b *Batch) Follow(id string, since time.Time) {
	if b.Open == nil {
		b.Open = map[string]time.Time{}
	}
	b.Open[id] = since
}

// Change says that the event of the id tells how the thing stands that the event
// of the id first told of.
func (b *Batch) Change(id, first string) {
	if b.Changes == nil {
		b.Changes = map[string]string{}
	}
	b.Changes[id] = first
}

// Append adds what another batch holds behind this one's.
func (b *Batch) Append(other Batch) {
	b.Events = append(b.Events, other.Events...)
	b.Rejected = append(b.Rejected, other.Rejected...)
	for id, since := range other.Open {
		b.Follow(id, since)
	}
	for id, first := range other.Changes {
		b.Change(id, first)
	}
	if other.Alerts != nil {
		b.Alerts = other.Alerts
	}
	for field, n := range other.Omitted {
		b.omit(field, n, other.Why[field])
	}
}

func (b *Batch) isEmpty() bool { return len(b.Events) == 0 && len(b.Rejected) == 0 }
