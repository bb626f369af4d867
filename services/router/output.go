package router

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// carryOut does what the engine asked for. The error is that ctx has ended;
// then the engine is ahead of what was done and must not be stored: the next
// process judges again from the snapshot on.
func (l *loop) carryOut(ctx context.Context, outputs []engine.Output) error {
	for _, output := range outputs {
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
	if fault := fits(output); fault != nil {
		l.metrics.oversized.Inc()
		return l.morgue.oversized(ctx, output, fault)
	}
	ctx, span := l.tracer.Start(ctx, "decide", trace.WithSpanKind(trace.SpanKindConsumer))
	defer span.End()
	records := make([]ledger.Record, 0, len(output.Actions))
	for _, a := range output.Actions {
		record, err := l.ledger.Create(ctx, a)
		if err != nil {
			return err
		}
		records = append(records, record)
	}
	if err := l.outbox.publish(ctx, output.Decision); err != nil {
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

// What a decision and its actions may measure. Texts of events get into them,
// and a vendor may send any text: beyond these bounds the bus would refuse the
// message however often it were sent, or cut the connection for its subject.
const (
	maxRecordBytes = 512 << 10
	maxTargetBytes = 512
)

// fits returns why the output cannot be kept, nil if it can.
func fits(output engine.Output) error {
	if size := proto.Size(output.Decision); size > maxRecordBytes {
		return fmt.Errorf("the decision has %d bytes, of at most %d", size, maxRecordBytes)
	}
	for _, action := range output.Actions {
		if size := proto.Size(action); size > maxRecordBytes {
			return fmt.Errorf("action %s has %d bytes, of at most %d", action.GetType(), size, maxRecordBytes)
		}
		if size := len(action.GetTarget()); size > maxTargetBytes {
			return fmt.Errorf("the target of action %s has %d bytes, of at most %d", action.GetType(), size, maxTargetBytes)
		}
	}
	return nil
}
