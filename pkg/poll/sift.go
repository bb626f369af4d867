package poll

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

const (
	// maxEventBytes keeps an event below a NATS server's default message limit
	// in either encoding.
	maxEventBytes = 128 << 10
	// maxLetterBytes bounds the record in a dead letter.
	maxLetterBytes = 256 << 10
)

// sifted is what a batch holds that the cursor has not seen.
type sifted struct {
	events  []*eventv1.Event
	letters []bus.DeadLetter
	// returned holds everything the vendor returned, also what was seen.
	returned map[string]mark
	// isSpoiled is whether the vendor returned records that could not be read.
	isSpoiled bool
	// repeated counts the records that were passed over, by reason.
	repeated map[string]int
	// unlabeled counts the labels that could not be computed, by name, and why says
	// of the first why.
	unlabeled map[string]int
	why       map[string]string
}

// sift sorts a batch into events to publish and dead letters, each once, and
// drops what was seen.
func (l *Loop) sift(cur cursor, w Window, batch Batch) sifted {
	found := sifted{
		returned: map[string]mark{}, isSpoiled: len(batch.Rejected) > 0, repeated: map[string]int{},
		unlabeled: map[string]int{}, why: map[string]string{},
	}
	isNew := func(id string, openSince time.Time) bool {
		var reason string
		if first := batch.Changes[id]; first != "" {
			reason = found.change(cur, id, first)
		} else {
			reason = found.repetition(cur, id)
			found.returned[id] = mark{at: w.To, openSince: openSince, stands: found.returned[id].stands}
		}
		if reason != "" {
			found.repeated[reason]++
		}
		return reason == ""
	}
	for _, e := range batch.Events {
		var openSince time.Time
		if l.cfg.FollowOpen > 0 {
			openSince = batch.Open[e.GetId()].Truncate(time.Second) // as windows are: a cursor is full of them
		}
		if e.GetId() != "" && !isNew(e.GetId(), openSince) {
			continue
		}
		l.label(e, found)
		if fault := Check(e); fault != nil {
			batch.Reject("invalid_event", fmt.Sprintf("%s: %v", e.GetNativeId(), fault), e.GetRaw())
			continue
		}
		found.events = append(found.events, e)
	}
	for _, r := range batch.Rejected {
		if letter := l.letter(r); isNew(letter.ID, time.Time{}) {
			found.letters = append(found.letters, letter)
		}
	}
	return found
}

// Why a record is passed over: nothing is lost by it.
const (
	// repeatedKnown is a record that an earlier window has returned.
	repeatedKnown = "known"
	// repeatedTwice is a record that the same window has returned before.
	repeatedTwice = "twice"
	// repeatedUnchanged is how an open thing stands, where an event has told it before,
	// or its opening.
	repeatedUnchanged = "unchanged"
	// repeatedOnStream is an event of a backfill that the stream has.
	repeatedOnStream = "on_stream"
)

// repetition returns why the record with the id is none to publish, "" if it is.
func (s sifted) repetition(cur cursor, id string) string {
	if _, again := s.returned[id]; again {
		return repeatedTwice
	}
	if _, known := cur.seen[id]; known {
		return repeatedKnown
	}
	return ""
}

func (l *Loop) label(e *eventv1.Event, found sifted) {
	if l.deps.Labeler == nil {
		return
	}
	labels, failed := l.deps.Labeler.Labels(e)
	for name, why := range failed {
		if found.unlabeled[name]++; found.why[name] == "" {
			found.why[name] = why
		}
	}
	if e.GetLabels() == nil {
		e.Labels = make(map[string]string, len(labels))
	}
	maps.Copy(e.GetLabels(), labels)
}

// Check returns what would keep the bus from taking the event, however often
// it is offered; nil for a good one.
func Check(e *eventv1.Event) error {
	if err := event.Validate(e); err != nil {
		return err
	}
	if size := proto.Size(e); size > maxEventBytes {
		return fmt.Errorf("event of %d bytes is larger than %d", size, maxEventBytes)
	}
	if _, err := proto.Marshal(e); err != nil {
		return errors.New("event holds text that is not UTF-8")
	}
	return nil
}

// letter gives a rejected record an identity of its own, so that a record
// that is returned again and again is kept once.
func (l *Loop) letter(r Rejected) bus.DeadLetter {
	data := clip(r.Record, maxLetterBytes)
	return bus.DeadLetter{
		Area: "poller", Reason: r.Reason, Detail: l.cfg.Source + ": " + r.Detail,
		ID:      event.Hash("dead", l.cfg.Source, r.Reason, r.Part, data),
		Subject: l.cfg.Source, Data: []byte(data),
	}
}

// bury keeps the dead letters and waits for the acknowledgements.
func (l *Loop) bury(ctx context.Context, letters []bus.DeadLetter) error {
	for _, letter := range letters {
		err := l.insist(ctx, func(ctx context.Context) error { return l.deps.Bus.PublishDead(ctx, letter) })
		if err != nil {
			return err
		}
	}
	return nil
}
