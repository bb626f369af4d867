package backtest

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// Stored is a window of the events that are stored, with the inputs that were
// taken among them.
type Stored struct {
	// JetStream has the streams.
	JetStream jetstream.JetStream
	// From is the start of the window, inclusive: when an event was stored. Zero
	// is the beginning of the stream.
	From time.Time
	// To is its end, exclusive. Zero is what is the end of the stream when the
	// run begins.
	To time.Time
}

// tellEvery is how many events are taken between two calls of progress.
const tellEvery = 256

// replay is one run over a window.
type replay struct {
	run    *Run
	window Stored
	inputs *feed
	// next is the next input, nil at their end.
	next *routerv1.Input

	isWarm     bool
	unreadable uint64
	report     routerv1.BacktestProgress
	progress   func(*routerv1.BacktestProgress) error
}

// Run runs over the window and returns what it comes to. What was stored before
// the window is gone over first, as far back as the clauses reach (see
// [Reach]). progress, which may be nil, is told every few hundred events; an
// error of it ends the run. It reads with consumers of its own, so that nobody
// else is disturbed.
func (s Stored) Run(
	ctx context.Context, opts Options, progress func(*routerv1.BacktestProgress) error,
) (*routerv1.BacktestSummary, error) {
	start := s.start(opts)
	opts.Warm = !s.From.IsZero()
	events, err := openFeed(ctx, s.JetStream, bus.StreamEvents, start)
	if err != nil {
		return nil, err
	}
	defer events.close(ctx)
	inputs, err := openFeed(ctx, s.JetStream, bus.StreamInputs, start)
	if err != nil {
		return nil, err
	}
	defer inputs.close(ctx)
	r := &replay{run: New(opts), window: s, inputs: inputs, isWarm: opts.Warm, progress: progress}
	r.report.Total = events.pending
	if err := r.all(ctx, events); err != nil {
		return nil, err
	}
	summary := r.run.Summary()
	summary.Unreadable = r.unreadable
	return summary, nil
}

// start returns when the first event was stored that is gone over.
func (s Stored) start(opts Options) time.Time {
	if s.From.IsZero() {
		return time.Time{}
	}
	reach := Reach(opts.Rules, opts.Settings)
	if opts.Against != nil {
		reach = max(reach, Reach(opts.Against, opts.Settings))
	}
	return s.From.Add(-reach)
}

// all takes every event of the window, and each input at its place.
func (r *replay) all(ctx context.Context, events *feed) error {
	if err := r.advanceInputs(ctx); err != nil {
		return err
	}
	for {
		msg, ok, err := events.next(ctx)
		if err != nil {
			return err
		}
		if !ok || !r.window.To.IsZero() && !msg.stored.Before(r.window.To) {
			break
		}
		if err := r.take(ctx, msg); err != nil {
			return err
		}
	}
	r.begin()
	return r.run.End()
}

// take takes one message.
func (r *replay) take(ctx context.Context, msg message) error {
	if !msg.stored.Before(r.window.From) {
		r.begin()
	}
	if err := r.takeInputs(ctx, msg.sequence); err != nil {
		return err
	}
	e, err := bus.DecodeEvent(msg.Headers(), msg.Data())
	if err != nil {
		if !r.isWarm {
			r.unreadable++ // a dead letter says more
		}
	} else if err := r.run.Event(engine.Input{Event: e, Sequence: msg.sequence, Time: msg.stored}); err != nil {
		return err
	}
	r.report.Events++
	if r.progress == nil || r.report.GetEvents()%tellEvery != 0 {
		return nil
	}
	return r.progress(&routerv1.BacktestProgress{
		Events: r.report.GetEvents(), Total: r.report.GetTotal(), Clock: timestamppb.New(r.run.Clock()),
	})
}

// begin ends the warming up.
func (r *replay) begin() {
	if r.isWarm {
		r.isWarm = false
		r.run.Begin()
	}
}

// takeInputs takes the inputs that were taken before an event.
func (r *replay) takeInputs(ctx context.Context, sequence uint64) error {
	for r.next != nil && r.next.GetAfterSequence() < sequence {
		if err := r.run.Take(r.next); err != nil {
			return err
		}
		if err := r.advanceInputs(ctx); err != nil {
			return err
		}
	}
	return nil
}

// advanceInputs reads the next input; one that cannot be read is passed over.
func (r *replay) advanceInputs(ctx context.Context) error {
	for {
		msg, ok, err := r.inputs.next(ctx)
		if err != nil || !ok {
			r.next = nil
			return err
		}
		if r.next, err = bus.DecodeInput(msg.Headers(), msg.Data()); err == nil {
			return nil
		}
		r.unreadable++
	}
}
