package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// warmTime is how long going over the events before a switch may take before the
// loop counts as stuck.
const warmTime = 10 * time.Minute

// aimWarm notes on a switch that is to be warmed since when events are gone over, as
// part of the record: whoever goes over the stream again fills the same windows.
func (l *loop) aimWarm(in *routerv1.Input, rules *Rules, at time.Time) {
	to := in.GetRuleSetSwitch()
	if !to.GetWarm() || rules == nil || at.IsZero() {
		return
	}
	if w := l.engine.Warmer(rules.Set); w != nil {
		to.WarmFrom = timestamppb.New(at.Add(-w.Reach()))
	}
}

// switchEngine lets the rules decide. With the rules of a switch that is warmed,
// those that would begin empty go over the stored events first. The error is that
// ctx has ended.
func (l *loop) switchEngine(ctx context.Context, in *routerv1.Input, rules *Rules) ([]engine.Output, error) {
	from := in.GetRuleSetSwitch().GetWarmFrom()
	if from == nil {
		return l.engine.Switch(rules.Set), nil
	}
	l.pulse.beginLong(l.position.Sequence, warmTime)
	defer l.pulse.end()
	var w *engine.Warmer
	err := retry.Do(ctx, l.logger, "go over the events before a switch of rules", func(ctx context.Context) error {
		w = l.engine.Warmer(rules.Set)
		n, err := warmUp(ctx, l.bus.JetStream(), w, from.AsTime(), in.GetAfterSequence())
		if err == nil {
			l.logger.InfoContext(ctx, "new and changed rules have gone over the events before the switch",
				slog.String("rule_set", rules.Version()), slog.Time("from", from.AsTime()), slog.Int("events", n))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return l.engine.SwitchWarm(rules.Set, w), nil
}

// warmUp shows the warmer the events that were stored from a time on, up to a
// sequence, and returns how many there were; none for no warmer.
func warmUp(ctx context.Context, js jetstream.JetStream, w *engine.Warmer, from time.Time, last uint64) (int, error) {
	if w == nil || last == 0 {
		return 0, nil
	}
	stream, err := findStream(ctx, js, bus.StreamEvents)
	if err != nil {
		return 0, err
	}
	shown, seen := 0, uint64(0)
	reading, enough := context.WithCancel(ctx)
	defer enough()
	err = scan(reading, stream, jetstream.ConsumerConfig{OptStartTime: &from}, func(msg jetstream.Msg) {
		metadata, err := msg.Metadata()
		if err != nil {
			return
		}
		if seen = metadata.Sequence.Stream; seen >= last {
			enough()
		}
		if seen <= last {
			shown++
			w.Event(shownAs(msg, metadata))
		}
	})
	if err != nil && (seen < last || ctx.Err() != nil) {
		return shown, fmt.Errorf("read the events before a switch: %w", errors.Join(err, ctx.Err()))
	}
	return shown, nil
}

// shownAs is what the engine is shown of a message, neither event nor bytes where it
// holds none.
func shownAs(msg jetstream.Msg, metadata *jetstream.MsgMetadata) engine.Input {
	in := engine.Input{Sequence: metadata.Sequence.Stream, Time: metadata.Timestamp}
	if bus.IsProtobuf(msg.Headers()) {
		in.Wire = msg.Data()
	} else if e, err := bus.DecodeEvent(msg.Headers(), msg.Data()); err == nil {
		in.Event = e
	}
	return in
}
