package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// Words of the router's dead letters.
const (
	deadArea          = "router"
	reasonUndecodable = "undecodable"
	reasonOversized   = "oversized"
)

// maxDeadData is what is kept of an original that does not fit together with
// what is told about it.
const maxDeadData = 64 << 10

// morgue keeps dead letters, each once.
type morgue struct {
	bus    Bus
	logger *slog.Logger
	// known are the letters that were kept before a restart, nil when there can
	// be no more of them.
	known idSet
}

// undecodable keeps a message that holds no event.
func (m *morgue) undecodable(ctx context.Context, it item) error {
	m.logger.WarnContext(ctx, "message is no event, it becomes a dead letter",
		slog.String("subject", it.msg.Subject()), slog.Uint64("sequence", it.sequence), slog.Any("error", it.fault))
	return m.keep(ctx, bus.DeadLetter{
		Area: deadArea, Reason: reasonUndecodable, Detail: it.fault.Error(),
		ID:     fmt.Sprintf("%s-%d", bus.StreamEvents, it.sequence),
		Stream: bus.StreamEvents, Sequence: it.sequence,
		Subject: it.msg.Subject(), Header: it.msg.Headers(), Data: it.msg.Data(),
	})
}

// oversized keeps a note of a decision that is too large to be kept itself.
func (m *morgue) oversized(ctx context.Context, output engine.Output, fault error) error {
	d := output.Decision
	m.logger.ErrorContext(ctx, "decision is too large to be kept, it becomes a dead letter",
		slog.String("rule", d.GetRule()), slog.String("event_id", d.GetEventId()), slog.Any("error", fault))
	return m.keep(ctx, bus.DeadLetter{
		Area: deadArea, Reason: reasonOversized, ID: d.GetId(),
		Detail: fmt.Sprintf("rule %s on event %s: %s", d.GetRule(), d.GetEventId(), fault),
		Stream: bus.StreamEvents, Sequence: d.GetSequence(),
	})
}

// keep puts the letter on SIGNALBOX_DEAD, whatever it takes. The error is that
// ctx has ended.
func (m *morgue) keep(ctx context.Context, letter bus.DeadLetter) error {
	if id := letter.Area + "-" + letter.ID; m.known.has(id) {
		delete(m.known, id)
		return nil
	}
	return retry.Do(ctx, m.logger, "keep dead letter "+letter.ID, func(ctx context.Context) error {
		err := m.bus.PublishDead(ctx, letter)
		if isTooLarge(err) {
			// The original stands on its stream; its beginning has to do here.
			letter.Header = nil
			letter.Data = letter.Data[:min(len(letter.Data), maxDeadData)]
			return m.bus.PublishDead(ctx, letter)
		}
		return err
	})
}

// isTooLarge reports whether the message, not the bus, is what is wrong.
func isTooLarge(err error) bool {
	if errors.Is(err, nats.ErrMaxPayload) {
		return true
	}
	refusal, ok := errors.AsType[*jetstream.APIError](err)
	return ok && (refusal.ErrorCode == headerTooLarge || refusal.ErrorCode == messageTooLarge)
}

// What the server calls a message that is too large.
const (
	headerTooLarge  jetstream.ErrorCode = 10097
	messageTooLarge jetstream.ErrorCode = 10054
)
