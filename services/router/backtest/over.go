package backtest

import (
	"context"
	"math"
	"time"

	"github.com/signalbox-io/signalbox/pkg/bus"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// Visitor is shown what is stored, in order. An error ends the visit.
type Visitor interface {
	// Pending is told first how many events there are.
	Pending(events uint64)
	// Event is shown an event: its bytes where it is stored as protobuf, else the
	// event itself, which is nil where it cannot be read. Nobody has looked into
	// the bytes yet.
	Event(in engine.Input) error
	// Take is shown an input at its place among the events.
	Take(in *routerv1.Input) error
}

// Over shows everything that was stored in the window to the visitor, and first
// the inputs from before it: what is known of alerts, and which rules decide, was
// said once and holds since. It reads with consumers of its own, so that nobody
// else is disturbed. Inputs that cannot be read are passed over.
func (s Stored) Over(ctx context.Context, visitor Visitor) error {
	events, err := openFeed(ctx, s.JetStream, bus.StreamEvents, s.From)
	if err != nil {
		return err
	}
	defer events.close(ctx)
	inputs, err := openFeed(ctx, s.JetStream, bus.StreamInputs, time.Time{})
	if err != nil {
		return err
	}
	defer inputs.close(ctx)
	visitor.Pending(events.pending)
	v := &visit{visitor: visitor, inputs: inputs, born: events.born, last: events.last}
	if err := v.advance(ctx); err != nil {
		return err
	}
	for {
		msg, ok, err := events.next(ctx)
		switch {
		case err != nil:
			return err
		case !ok:
			return v.before(ctx, math.MaxUint64, s.To)
		case !s.To.IsZero() && !msg.stored.Before(s.To):
			return v.before(ctx, msg.sequence, s.To)
		}
		if err := v.before(ctx, msg.sequence, time.Time{}); err != nil {
			return err
		}
		if err := visitor.Event(inputOf(msg)); err != nil {
			return err
		}
	}
}

// inputOf returns what the message holds, neither event nor bytes where it
// cannot be read: a dead letter says why.
func inputOf(msg message) engine.Input {
	in := engine.Input{Sequence: msg.sequence, Time: msg.stored}
	if bus.IsProtobuf(msg.Headers()) {
		in.Wire = msg.Data()
	} else if e, err := bus.DecodeEvent(msg.Headers(), msg.Data()); err == nil {
		in.Event = e
	}
	return in
}

// visit is one visit.
type visit struct {
	visitor Visitor
	inputs  *feed
	next    *routerv1.Input // nil at their end
	// born and last are when the stream of events was created and its last
	// sequence: inputs from before, or for places beyond, are another stream's.
	born time.Time
	last uint64
}

// before shows the inputs that were taken before an event and, where there is an
// end, before that.
func (v *visit) before(ctx context.Context, sequence uint64, end time.Time) error {
	for v.next != nil && v.next.GetAfterSequence() < sequence {
		if !end.IsZero() && !v.next.GetTakenAt().AsTime().Before(end) {
			return nil
		}
		if err := v.visitor.Take(v.next); err != nil {
			return err
		}
		if err := v.advance(ctx); err != nil {
			return err
		}
	}
	return nil
}

// advance reads the next input that has a place among the events, and says
// something about them.
func (v *visit) advance(ctx context.Context) error {
	for {
		msg, ok, err := v.inputs.next(ctx)
		if err != nil || !ok {
			v.next = nil
			return err
		}
		v.next, err = bus.DecodeInput(msg.Headers(), msg.Data())
		isForeign := msg.stored.Before(v.born) || v.next.GetAfterSequence() > v.last
		if err == nil && !isForeign && v.next.GetTakeOver() == nil {
			return nil
		}
	}
}
