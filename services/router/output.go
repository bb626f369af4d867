package router

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// carryOut does what the engine asked for. The error is that ctx has ended;
// then the engine is ahead of what was done and must not be stored: the next
// process judges again from the snapshot on.
func (l *loop) carryOut(ctx context.Context, outputs []engine.Output) error {
	if l.isTrailing {
		return nil
	}
	for _, output := range outputs {
		if output.Decision == nil {
			continue // a lease that ended by the engine's clock; the keeper ends it by the real one
		}
		err := l.carryOutOne(l.origins.context(ctx, output.Decision.GetEventId()), output)
		if err != nil {
			l.engine = nil
			return err
		}
	}
	return nil
}

// carryOutOne brings the intent of each action into the ledger, then the
// decision on its way, then the actions.
func (l *loop) carryOutOne(ctx context.Context, output engine.Output) error {
	d := output.Decision
	if l.isPast(d) {
		l.metrics.history.Inc()
		return nil
	}
	if fault := fits(l.bus, output); fault != nil {
		return l.oversized(ctx, d, fault)
	}
	ctx, span := l.tracer.Start(ctx, "decide", trace.WithSpanKind(trace.SpanKindConsumer))
	defer span.End()
	records := make([]ledger.Record, 0, len(output.Actions))
	for _, a := range output.Actions {
		record, err := l.ledger.Create(ctx, a)
		switch {
		case err == nil:
			records = append(records, record)
		case ctx.Err() != nil:
			return err
		default: // it would fail whenever it were tried
			if err := l.unrecordable(ctx, a, err); err != nil {
				return err
			}
		}
	}
	if err := l.outbox.publish(ctx, d); err != nil {
		return err
	}
	for _, record := range records {
		if ledger.IsFinal(record.State()) {
			continue
		}
		if err := l.executor.Submit(ctx, record.Action); err != nil {
			return err
		}
	}
	return nil
}

// isPast reports whether former processes would have made the decision, and have not.
func (l *loop) isPast(d *decisionv1.Decision) bool {
	return !l.isNews && l.history.holds(d, l.at) && !l.outbox.known.has(d.GetId())
}

// oversized passes over a decision that the bus will never take.
func (l *loop) oversized(ctx context.Context, d *decisionv1.Decision, fault error) error {
	l.metrics.oversized.Inc()
	return l.morgue.oversized(ctx, d, fault)
}

// unrecordable passes over an action of which the ledger can keep nothing, or
// whose record there is damaged: nobody knows what became of it.
func (l *loop) unrecordable(ctx context.Context, a *actionv1.Action, fault error) error {
	l.metrics.unrecordable.Inc()
	return l.morgue.unrecordable(ctx, a, fault)
}

// headerRoom is what the headers of a decision or an action take at most.
const headerRoom = 8 << 10

// fits returns why the output cannot be kept, nil if it can. The engine bounds
// the texts that get into it; a server may still be set to take less than that.
func fits(b Bus, output engine.Output) error {
	room := b.Conn().MaxPayload() - headerRoom
	if err := fitsInto(b, room, output.Decision); err != nil {
		return fmt.Errorf("the decision: %w", err)
	}
	for _, action := range output.Actions {
		if err := fitsInto(b, room, action); err != nil {
			return fmt.Errorf("action %s: %w", action.GetType(), err)
		}
	}
	return nil
}

func fitsInto(b Bus, room int64, m proto.Message) error {
	size, err := b.Size(m)
	if err != nil {
		return err
	}
	if int64(size) > room {
		return fmt.Errorf("it has %d bytes, of at most %d that the bus takes", size, room)
	}
	return nil
}
