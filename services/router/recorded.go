package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// recorded are the inputs on SIGNALBOX_INPUTS that former processes took beyond
// the state at hand. They are read one by one, because an inventory may be large
// and there may be months of them. It belongs to the loop's goroutine.
type recorded struct {
	stream jetstream.Stream
	// position is after the last input that the state has taken.
	position position
	// next is the one to take, nil if all are taken; sequence is its own.
	next     *routerv1.Input
	sequence uint64
	// end is the last sequence of the stream, as far as is known. Whoever records
	// must follow it, so that of two who do one is stopped.
	end uint64
	// born and last are when the stream of events was created and its last
	// sequence: inputs from before, or for places beyond, are another stream's.
	born time.Time
	last uint64
	// until is the last sequence that is read.
	until uint64
}

// openInputs finds out which recorded inputs are to be taken again.
func (l *loop) openInputs(ctx context.Context, events *jetstream.StreamInfo) error {
	return l.openInputsUpTo(ctx, events.Created, events.State.LastSeq, math.MaxUint64)
}

// openInputsUpTo is openInputs for the inputs up to a sequence, beside a stream of
// events that ends at last.
func (l *loop) openInputsUpTo(ctx context.Context, born time.Time, last, until uint64) error {
	stream, err := findStream(ctx, l.bus.JetStream(), bus.StreamInputs)
	if err != nil {
		return err
	}
	info := stream.CachedInfo()
	at := l.recorded.position
	switch {
	case at.Created.IsZero() || at.Created.Equal(info.Created) && at.Sequence <= info.State.LastSeq:
	default:
		l.metrics.lostInputs.Inc()
		l.logger.ErrorContext(ctx, "the inputs that were recorded are lost; what they told is in the snapshot as far as it reaches",
			slog.Uint64("after", at.Sequence), slog.Uint64("last", info.State.LastSeq))
		at.Sequence = 0
	}
	at.Created = info.Created
	l.recorded = recorded{
		stream: stream, position: at, end: info.State.LastSeq, born: born, last: last, until: until,
	}
	return l.nextInput(ctx)
}

// nextInput reads the next recorded input that can be placed among the events.
// The error is that ctx has ended, or a bus that is away.
func (l *loop) nextInput(ctx context.Context) error {
	r := &l.recorded
	for {
		r.next = nil
		msg, err := l.readInput(ctx, r.position.Sequence+1)
		if err != nil || msg == nil || msg.Sequence > r.until {
			return err
		}
		r.end = max(r.end, msg.Sequence)
		in, fault := bus.DecodeInput(msg.Header, msg.Data)
		switch {
		case msg.Time.Before(r.born), in.GetTakeOver() != nil: // of a stream that is gone, or nothing to take
		case fault != nil:
			l.passOver(ctx, msg.Sequence, fault)
		case in.GetAfterSequence() > r.last:
			l.passOver(ctx, msg.Sequence, fmt.Errorf("it comes after event %d, and the last one is %d", in.GetAfterSequence(), r.last))
		default:
			r.next, r.sequence = in, msg.Sequence
			return nil
		}
		r.position.Sequence = msg.Sequence
	}
}

// passOver names a recorded input that cannot be taken again.
func (l *loop) passOver(ctx context.Context, sequence uint64, why error) {
	l.metrics.lostInputs.Inc()
	l.logger.ErrorContext(ctx, "a recorded input is passed over",
		slog.Uint64("sequence", sequence), slog.String("error", brief(why)))
}

// readInput returns the first input from the sequence on, nil if there is none.
func (l *loop) readInput(ctx context.Context, from uint64) (msg *jetstream.RawStreamMsg, err error) {
	err = retry.Do(ctx, l.logger, fmt.Sprintf("read the recorded inputs from %d", from), func(ctx context.Context) error {
		msg, err = l.recorded.stream.GetMsg(ctx, from, jetstream.WithGetMsgSubject(bus.AllInputs))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			msg, err = nil, nil
		}
		return err
	})
	return msg, err
}

// replay takes the recorded inputs that stand before the event of that sequence.
func (l *loop) replay(ctx context.Context, before uint64) error {
	for l.recorded.next != nil && l.recorded.next.GetAfterSequence() < before {
		if err := l.replayOne(ctx); err != nil {
			return err
		}
	}
	return nil
}

// replayOne takes the next recorded input.
func (l *loop) replayOne(ctx context.Context) error {
	in := l.recorded.next
	rules, err := l.rulesFor(ctx, in)
	if err != nil {
		return err
	}
	l.recorded.position.Sequence = l.recorded.sequence
	if err := l.apply(ctx, in, rules); err != nil {
		return err
	}
	return l.nextInput(ctx)
}

// lastSwitch returns the version that the last recorded switch names, "" if
// none is recorded.
func (l *loop) lastSwitch(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	subject := bus.InputSubject(&routerv1.Input{Content: &routerv1.Input_RuleSetSwitch{}})
	msg, err := l.recorded.stream.GetLastMsgForSubject(ctx, subject)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read the last switch of rules: %w", err)
	case msg.Time.Before(l.recorded.born):
		return "", nil
	}
	in, err := bus.DecodeInput(msg.Header, msg.Data)
	if err != nil {
		return "", nil
	}
	return in.GetRuleSetSwitch().GetRuleSet(), nil
}
