package backtest

import (
	"context"
	"errors"
	"fmt"
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
	// To is its end, exclusive for events; what is due at exactly that time comes.
	// Zero, and a time that is still to come, is when the run begins.
	To time.Time
}

// tellEvery is how many events are taken between two calls of progress.
const tellEvery = 256

// replay is one run over a window.
type replay struct {
	run  *Run
	from time.Time

	unreadable uint64
	report     routerv1.BacktestProgress
	progress   func(*routerv1.BacktestProgress) error
}

// Run runs over the window and returns what it comes to. What was stored before
// the window is gone over first, as far back as the clauses reach (see
// [Reach]). progress, which may be nil, is told every few hundred events; an
// error of it ends the run.
func (s Stored) Run(
	ctx context.Context, opts Options, progress func(*routerv1.BacktestProgress) error,
) (*routerv1.BacktestSummary, error) {
	s, err := s.closed(ctx)
	if err != nil {
		return nil, err
	}
	opts.From, opts.To = s.From, s.To
	r := &replay{run: New(opts), from: s.From, progress: progress}
	if err := (Stored{JetStream: s.JetStream, From: s.start(opts), To: s.To}).Over(ctx, r); err != nil {
		return nil, err
	}
	if err := r.run.End(); err != nil {
		return nil, err
	}
	summary := r.run.Summary()
	summary.Unreadable = r.unreadable
	return summary, nil
}

// closed returns the window with an end that has come: the time of the server
// where none is given, or one that is still to come.
func (s Stored) closed(ctx context.Context) (Stored, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	stream, err := s.JetStream.Stream(ctx, bus.StreamEvents)
	if err != nil {
		return s, fmt.Errorf("find stream %s: %w", bus.StreamEvents, err)
	}
	if now := stream.CachedInfo().TimeStamp; s.To.IsZero() || s.To.After(now) {
		s.To = now
	}
	return s, nil
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

// Pending implements [Visitor].
func (r *replay) Pending(events uint64) { r.report.Total = events }

// Event implements [Visitor].
func (r *replay) Event(in engine.Input) error {
	switch err := r.run.Event(in); {
	case errors.Is(err, ErrUnreadable):
		if !in.Time.Before(r.from) {
			r.unreadable++
		}
	case err != nil:
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

// Take implements [Visitor].
func (r *replay) Take(in *routerv1.Input) error { return r.run.Take(in) }
