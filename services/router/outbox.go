package router

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"

	"github.com/signalbox-io/signalbox/pkg/bus"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

const (
	// maxUnsettled bounds the decisions that are published and not acknowledged.
	maxUnsettled = 256
	// trustedFor is how long publishing again is harmless by itself; the stream
	// remembers ids for twice as long. After that the stream is read first.
	trustedFor = time.Hour
)

// letter is one decision on its way.
type letter struct {
	decision *decisionv1.Decision
	span     trace.SpanContext // of the event behind it
	sent     time.Time
	future   jetstream.PubAckFuture // nil if it could not even be sent
}

// outbox publishes decisions in their order and knows which of them are not on
// the stream for certain. It belongs to the loop's goroutine.
type outbox struct {
	bus     Bus
	logger  *slog.Logger
	metrics *metrics
	// refused is told of a decision that the bus will never take.
	refused func(ctx context.Context, d *decisionv1.Decision, fault error) error

	unsettled []letter
	// end is a place on the stream of decisions up to which everything stems
	// from what the state at hand covers.
	end position
	// known are the decisions beyond it that a former process has published
	// already, up to knownEnd; nil when there can be no more of them. Until
	// then end stays where it is.
	known    idSet
	knownEnd position
}

// forget says that whatever is decided from here on is new.
func (o *outbox) forget() { o.known, o.end = nil, o.knownEnd }

// publish sends the decision and waits only if too many are under way. A
// failure shows when it is settled. The error is that ctx has ended.
func (o *outbox) publish(ctx context.Context, d *decisionv1.Decision) error {
	if o.known.has(d.GetId()) {
		delete(o.known, d.GetId())
		return nil
	}
	o.metrics.decided(d)
	l := letter{decision: d, span: trace.SpanContextFromContext(ctx), sent: time.Now()}
	var err error
	if l.future, err = o.bus.PublishDecisionAsync(ctx, d); err != nil {
		o.logger.WarnContext(ctx, "decision could not be sent, trying again",
			slog.String("decision_id", d.GetId()), slog.Any("error", err))
	}
	o.unsettled = append(o.unsettled, l)
	if len(o.unsettled) < maxUnsettled {
		return nil
	}
	return o.settle(ctx, maxUnsettled/2)
}

// settle waits until no more than that many decisions are unacknowledged, and
// publishes again what was not taken. The error is that ctx has ended.
func (o *outbox) settle(ctx context.Context, remaining int) error {
	for len(o.unsettled) > remaining {
		if err := o.await(ctx, o.unsettled[0]); err != nil {
			return err
		}
		o.unsettled[0] = letter{}
		o.unsettled = o.unsettled[1:]
	}
	if len(o.unsettled) == 0 {
		o.unsettled = nil
	}
	return nil
}

func (o *outbox) await(ctx context.Context, l letter) error {
	if l.future != nil {
		isTaken, err := o.acknowledged(ctx, l.future)
		if isTaken {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if bus.IsRefused(err) {
			return o.refused(ctx, l.decision, err)
		}
		o.logger.DebugContext(ctx, "decision was not acknowledged, publishing it again",
			slog.String("decision_id", l.decision.GetId()), slog.Any("error", err))
	}
	var refusal error
	err := retry.Do(ctx, o.logger, "publish decision "+l.decision.GetId(), func(ctx context.Context) error {
		err := o.again(ctx, l)
		if bus.IsRefused(err) {
			refusal, err = err, nil
		}
		return err
	})
	if err == nil && refusal != nil {
		return o.refused(ctx, l.decision, refusal)
	}
	return err
}

func (o *outbox) acknowledged(ctx context.Context, future jetstream.PubAckFuture) (bool, error) {
	select {
	case ack := <-future.Ok():
		o.stored(ack.Sequence)
		return true, nil
	case err := <-future.Err():
		return false, err
	case <-ctx.Done():
		return false, fmt.Errorf("no acknowledgement: %w", ctx.Err())
	}
}

// stored notes that a decision is on the stream.
func (o *outbox) stored(sequence uint64) {
	o.knownEnd.Sequence = max(o.knownEnd.Sequence, sequence)
	if o.known == nil {
		o.end = o.knownEnd
	}
}

// again publishes the decision once more.
func (o *outbox) again(ctx context.Context, l letter) error {
	if time.Since(l.sent) > trustedFor {
		ids, _, err := decisionsSince(ctx, o.bus.JetStream(), o.end, nil)
		if err != nil {
			return err
		}
		if ids.has(l.decision.GetId()) {
			return nil
		}
	}
	future, err := o.bus.PublishDecisionAsync(trace.ContextWithSpanContext(ctx, l.span), l.decision)
	if err != nil {
		return err
	}
	_, err = o.acknowledged(ctx, future)
	return err
}
