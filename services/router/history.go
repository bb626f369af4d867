package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
)

// doubt is why the state at hand may not be the one by which the events after it
// were decided. A snapshot holds it until they have been gone over.
type doubt string

const (
	noDoubt    doubt = ""
	rulesDoubt doubt = "rules" // they changed after the snapshot
	stateDoubt doubt = "state" // it was lost: the stream is gone over from its beginning
)

// history is what former processes decided by another state or other rules. What
// is judged there again moves the state on; what would be decided differently
// than it was comes too late: weeks-old events must not act because a rule was
// edited or a snapshot lost.
type history struct {
	// until is the sequence of the last event that is history.
	until uint64
	// isLost tells that the state was, and that other rules had decided: then
	// nobody knows what waited at the end of history.
	isLost bool
	// judged are rule and event of what other rules have decided.
	judged idSet
}

// holds reports whether the decision is one that should have been made by a
// former process. It is made at the event of that sequence on the stream.
func (h *history) holds(d *decisionv1.Decision, at uint64) bool {
	return d.GetSequence() <= h.until && (at <= h.until || h.isLost || h.judged.has(judgedBy(d)))
}

func judgedBy(d *decisionv1.Decision) string { return d.GetRule() + "\x00" + d.GetEventId() }

// historian finds out from the decisions of former processes what is history.
type historian struct {
	version string // of the rules that run
	stream  *jetstream.StreamInfo

	last  *decisionv1.Decision // about the latest event
	isOwn bool                 // the rules that run decided about that event
	other idSet                // judged by other rules
}

// look takes a decision into account, if it can be about an event of the stream
// as it is: not if it was made before the stream was created, or is about an
// event beyond its end.
func (h *historian) look(msg jetstream.Msg) {
	d, err := bus.DecodeDecision(msg.Headers(), msg.Data())
	if err != nil || d.GetSequence() == 0 {
		return // nobody's decision
	}
	metadata, err := msg.Metadata()
	if err != nil || metadata.Timestamp.Before(h.stream.Created) || d.GetSequence() > h.stream.State.LastSeq {
		return
	}
	isOwn := d.GetRuleSet() == h.version
	switch {
	case h.last == nil || d.GetSequence() > h.last.GetSequence():
		h.last, h.isOwn = d, isOwn
	case d.GetSequence() == h.last.GetSequence():
		h.isOwn = h.isOwn || isOwn
	}
	if !isOwn {
		h.other[judgedBy(d)] = struct{}{}
	}
}

// verdict returns what is history. The latest event that was decided may have
// been decided in part only; the same rules complete it.
func (h *historian) verdict(why doubt) history {
	switch {
	case h.last == nil:
		return history{}
	case h.isOwn:
		return history{until: h.last.GetSequence() - 1, judged: h.other}
	default:
		return history{until: h.last.GetSequence(), isLost: why == stateDoubt, judged: h.other}
	}
}

// isAbout reports whether the event that the decision names is the one that
// stands at its place. A message that is gone proves nothing.
func isAbout(ctx context.Context, stream jetstream.Stream, d *decisionv1.Decision) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	msg, err := stream.GetMsg(ctx, d.GetSequence())
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("read the last decided event %d: %w", d.GetSequence(), err)
	}
	e, err := bus.DecodeEvent(msg.Header, msg.Data)
	return err == nil && e.GetId() == d.GetEventId(), nil
}

// learn finds out what is history and up to where former processes have judged,
// given everything that the historian has seen.
func (l *loop) learn(ctx context.Context, stream jetstream.Stream, h *historian) error {
	l.verdict, l.history, l.barrier = h.verdict(l.doubt), history{}, h.last.GetSequence()
	if h.last != nil {
		isStreams, err := isAbout(ctx, stream, h.last)
		if err != nil {
			return err
		}
		if !isStreams {
			l.logger.WarnContext(ctx, "the events are not those that were decided, deciding all of them",
				slog.Uint64("sequence", h.last.GetSequence()), slog.String("event_id", h.last.GetEventId()))
			l.verdict, l.barrier = history{}, 0
			l.doubt = noDoubt
			return nil
		}
	}
	if l.doubt == stateDoubt {
		judged, err := l.readJudged(ctx)
		if err != nil {
			return err
		}
		l.verdict.extend(judged, h.stream, h.version)
		l.barrier = max(l.barrier, l.verdict.until)
	}
	if l.hasOvertaken {
		// What it still sends is about events that are on the stream by now: nothing
		// that it does not know may come before them.
		l.barrier = max(l.barrier, h.stream.State.LastSeq)
	}
	if l.verdict.until == 0 {
		l.doubt = noDoubt // nothing was judged before, as at the first start of all
	}
	if l.doubt == noDoubt {
		return nil
	}
	l.history = l.verdict
	if l.history.until > l.position.Sequence { // else what waits may still have been decided
		l.logger.WarnContext(ctx, "events that were decided before are gone over; what would be decided differently is dropped",
			slog.String("doubt", string(l.doubt)), slog.Uint64("from", l.position.Sequence+1), slog.Uint64("until", l.history.until))
	}
	return nil
}
