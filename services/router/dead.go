package router

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// Words of the router's dead letters.
const (
	deadArea           = "router"
	reasonUndecodable  = "undecodable"
	reasonOversized    = "oversized"
	reasonUnrecordable = "unrecordable"
	reasonFailed       = "failed"
)

// morgue keeps dead letters, each once.
type morgue struct {
	bus     Bus
	logger  *slog.Logger
	metrics *metrics
	// known are the letters that were kept before a restart, nil when there can
	// be no more of them.
	known idSet
}

// undecodable keeps a message that holds no event.
func (m *morgue) undecodable(ctx context.Context, it item) error {
	m.logger.WarnContext(ctx, "message is no event, it becomes a dead letter",
		slog.String("subject", clipped(it.msg.Subject())), slog.Uint64("sequence", it.sequence), slog.String("error", brief(it.fault)))
	return m.keep(ctx, bus.DeadLetter{
		Area: deadArea, Reason: reasonUndecodable, Detail: it.fault.Error(),
		ID:     fmt.Sprintf("%s-%d", bus.StreamEvents, it.sequence),
		Stream: bus.StreamEvents, Sequence: it.sequence,
		Subject: it.msg.Subject(), Header: it.msg.Headers(), Data: it.msg.Data(),
	})
}

// oversized keeps a note of a decision that is too large to be kept itself.
func (m *morgue) oversized(ctx context.Context, d *decisionv1.Decision, fault error) error {
	m.logger.ErrorContext(ctx, "decision is too large to be kept, it becomes a dead letter",
		slog.String("rule", d.GetRule()), slog.String("event_id", d.GetEventId()), slog.String("error", brief(fault)))
	return m.keep(ctx, bus.DeadLetter{
		Area: deadArea, Reason: reasonOversized, ID: d.GetId(),
		Detail: fmt.Sprintf("rule %s on event %s: %s", d.GetRule(), d.GetEventId(), fault),
		Stream: bus.StreamEvents, Sequence: d.GetSequence(),
	})
}

// unrecordable keeps a note of an action of which the ledger can keep nothing.
func (m *morgue) unrecordable(ctx context.Context, a *actionv1.Action, fault error) error {
	m.logger.ErrorContext(ctx, "action cannot be recorded, so it is not done; it becomes a dead letter",
		slog.String("action_id", a.GetId()), slog.String("rule", a.GetRule()), slog.String("event_id", a.GetEventId()),
		slog.String("error", brief(fault)))
	return m.keep(ctx, bus.DeadLetter{
		Area: deadArea, Reason: reasonUnrecordable, ID: a.GetId(),
		Detail:  fmt.Sprintf("rule %s on event %s: %s", a.GetRule(), a.GetEventId(), fault),
		Subject: a.GetType() + " " + a.GetTarget(), Data: encoded(a),
	})
}

// encoded is an action as its dead letter keeps it, for people and for a redrive;
// nothing if it is none that can be.
func encoded(a *actionv1.Action) []byte {
	data, err := protojson.Marshal(a)
	if err != nil {
		return nil
	}
	return data
}

// failedLetter tells of an action that was given up.
func failedLetter(a *actionv1.Action) bus.DeadLetter {
	return bus.DeadLetter{
		Area: deadArea, Reason: reasonFailed, ID: fmt.Sprintf("failed-%s-%d", a.GetId(), a.GetRetries()),
		Detail:  fmt.Sprintf("rule %s, attempts %d: %s", a.GetRule(), a.GetAttempts(), a.GetDetail()),
		Subject: a.GetType() + " " + a.GetTarget(), Data: encoded(a),
	}
}

// keep puts the letter on SIGNALBOX_DEAD, however long it takes, unless the bus
// refuses it for good: that is counted and logged, and nothing waits for it. The
// error is that ctx has ended.
func (m *morgue) keep(ctx context.Context, letter bus.DeadLetter) error {
	if id := letter.Area + "-" + letter.ID; m.known.has(id) {
		delete(m.known, id)
		return nil
	}
	return retry.Do(ctx, m.logger, "keep dead letter "+letter.ID, func(ctx context.Context) error {
		err := m.bus.PublishDead(ctx, letter)
		if bus.IsRefused(err) {
			m.metrics.lostLetters.Inc()
			m.logger.ErrorContext(ctx, "dead letter is refused, what it tells stands here only",
				slog.String("reason", letter.Reason), slog.String("id", letter.ID),
				slog.String("detail", clipped(letter.Detail)), slog.String("error", brief(err)))
			return nil
		}
		return err
	})
}

// maxLogged is how much of a foreign text gets into the log.
const maxLogged = 300

func brief(err error) string { return clipped(err.Error()) }

func clipped(text string) string {
	if len(text) <= maxLogged {
		return text
	}
	return strings.ToValidUTF8(text[:maxLogged], "") + "…"
}
