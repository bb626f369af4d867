package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/durable"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// unreadableStop is a last record of the stop switch that cannot be read, each time
// that it is met: actions are stopped until somebody starts them.
const unreadableStop durable.Discard = "unreadable_stop"

// stopper is the stop switch as it stands. It is recorded as an input, so that
// decisions depend on it at its place among the events; whoever carries actions out
// goes by the last record, also while the events of before are judged again. What
// the configuration says is recorded too, when a process begins to decide by it.
type stopper struct {
	isConfigured bool // safety.stop

	mu sync.Mutex
	// stands is the switch as it shall be; isRecorded tells that it goes by a record
	// of what a person did last.
	stands     *routerv1.StopSwitch
	isRecorded bool
	// isAsked tells that somebody has stopped actions and that is not recorded yet.
	isAsked bool
	// isDue tells that a stop is to be recorded again, so that its record does not
	// leave the stream while it stands.
	isDue bool
	// isCompared tells that the engine goes by it. The loop alone uses it.
	isCompared bool
}

// get returns the switch as it stands, never nil. It is shared: do not change it.
func (s *stopper) get() *routerv1.StopSwitch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stands == nil {
		return &routerv1.StopSwitch{}
	}
	return s.stands
}

func (s *stopper) set(stands *routerv1.StopSwitch, isRecorded bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stands, s.isRecorded = stands, isRecorded
	if stands.GetByHand() != nil {
		s.isAsked = false
	}
}

func (s *stopper) ask(isAsked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isAsked = isAsked
}

func (s *stopper) isAskedFor() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isAsked
}

// renew has the stop recorded again, if anything is stopped.
func (s *stopper) renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isDue = engine.StopText(s.stands) != ""
}

// takeDue reports, once, whether the stop is to be recorded again.
func (s *stopper) takeDue() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	isDue := s.isDue
	s.isDue = false
	return isDue
}

// isStopped is 1 while actions are stopped.
func (s *stopper) isStopped() int {
	if engine.StopText(s.get()) != "" {
		return 1
	}
	return 0
}

// wanted is the switch as it shall be: what a person did last, and what the
// configuration says. Where no record of a person's word is left, what the engine
// knows counts.
func (s *stopper) wanted(known *routerv1.StopSwitch) *routerv1.StopSwitch {
	s.mu.Lock()
	defer s.mu.Unlock()
	want := &routerv1.StopSwitch{ByHand: known.GetByHand()}
	if s.isRecorded {
		want.ByHand = s.stands.GetByHand()
	}
	switch {
	case !s.isConfigured:
	case known.GetByConfiguration() != nil:
		want.ByConfiguration = known.GetByConfiguration()
	default:
		want.ByConfiguration = &routerv1.Stop{By: byStart, At: timestamppb.Now()}
	}
	return want
}

// complete makes a switch that a person asked for the one that is recorded: what the
// configuration says stays, and of two who stop actions the first has stopped them.
func (s *stopper) complete(in, known *routerv1.StopSwitch) {
	want := s.wanted(known)
	in.ByConfiguration = want.GetByConfiguration()
	if in.GetByHand() != nil && want.GetByHand() != nil {
		in.ByHand = want.GetByHand()
	}
}

// readStop stops the executor before it begins, if the last record says so, or the
// configuration: the loop finds out where in the stream that was only later.
func (r *Router) readStop(ctx context.Context) error {
	last, err := r.lastStop(ctx)
	if err != nil {
		return err
	}
	r.stop.set(r.stop.wanted(last), last != nil)
	r.halt(r.stop.get())
	return nil
}

// lastStop returns the switch as it was recorded last, nil if it was not. One that
// cannot be read stops actions: somebody may have stopped them.
func (r *Router) lastStop(ctx context.Context) (*routerv1.StopSwitch, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	stream, err := findStream(ctx, r.opts.Bus.JetStream(), bus.StreamInputs)
	if err != nil {
		return nil, err
	}
	subject := bus.InputSubject(&routerv1.Input{Content: &routerv1.Input_StopSwitch{}})
	msg, err := stream.GetLastMsgForSubject(ctx, subject)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, nil //nolint:nilnil // there is none
	case err != nil:
		return nil, fmt.Errorf("read whether actions are stopped: %w", err)
	}
	in, err := bus.DecodeInput(msg.Header, msg.Data)
	if err == nil && in.GetStopSwitch() == nil {
		err = errNoSwitch
	}
	if err != nil {
		return r.unreadable(ctx, msg, err), nil
	}
	return in.GetStopSwitch(), nil
}

// errNoSwitch is a record of the stop switch that tells of something else.
var errNoSwitch = errors.New("it holds no stop switch")

// unreadable is the switch of a last record that cannot be read. It is recorded as any
// other when this process begins to decide by it.
func (r *Router) unreadable(ctx context.Context, msg *jetstream.RawStreamMsg, why error) *routerv1.StopSwitch {
	r.metrics.discarded(unreadableStop)
	r.opts.Logger.ErrorContext(ctx, "the last record of the stop switch cannot be read; actions are stopped: "+
		"find out whether they may go on, then signalbox actions start",
		slog.Uint64("sequence", msg.Sequence), slog.String("error", brief(why)))
	return &routerv1.StopSwitch{ByHand: &routerv1.Stop{
		By: "a record of the stop switch that cannot be read", At: timestamppb.New(msg.Time),
		Reason: fmt.Sprintf("message %d of %s; find out whether actions may go on, then signalbox actions start",
			msg.Sequence, bus.StreamInputs),
	}}
}

// halt makes the switch that of whoever carries actions out, and tells of it. What
// somebody has stopped goes on only when that was recorded and is taken back.
func (r *Router) halt(stands *routerv1.StopSwitch) {
	text := engine.StopText(stands)
	if text == "" && r.stop.isAskedFor() {
		return
	}
	r.executor.Halt(text)
	r.status.halt(text)
	r.opts.Health.Note(r.status.note())
}

// StopActions stops every action but those that end a pause or a lease, durably,
// and returns the switch as it stands then. The executor stops at once; the error is
// that the stop is not recorded yet: it may still be, or be lost with the process.
func (r *Router) StopActions(ctx context.Context, by, why string) (*routerv1.StopSwitch, error) {
	next := proto.CloneOf(r.stop.get()) // also where they are stopped: a start may wait to be taken
	next.ByHand = &routerv1.Stop{By: by, At: timestamppb.New(time.Now()), Reason: why}
	r.stop.ask(true)
	r.halt(next)
	return r.recordStop(ctx, next)
}

// StartActions lets actions go on that a person has stopped, and returns the switch
// as it stands then: the configuration may stop them still.
func (r *Router) StartActions(ctx context.Context, by string) (*routerv1.StopSwitch, error) {
	stands := r.stop.get()
	next := proto.CloneOf(stands)
	next.ByHand = nil
	r.opts.Logger.InfoContext(ctx, "actions shall go on", slog.String("by", by))
	return r.recordStop(ctx, next)
}

func (r *Router) recordStop(ctx context.Context, next *routerv1.StopSwitch) (*routerv1.StopSwitch, error) {
	err := r.take(ctx, offer{input: &routerv1.Input{Content: &routerv1.Input_StopSwitch{StopSwitch: next}}})
	if err != nil && ctx.Err() == nil && !errors.Is(err, errEnded) {
		r.stop.ask(false) // it will not come
		r.halt(r.stop.get())
	}
	return r.stop.get(), err
}

// compareStop lets the engine go by the switch as it shall be, once: before the
// first event that others have not judged. Later it records a stop again that is due.
// The error is that ctx has ended, or that somebody else records inputs.
func (l *loop) compareStop(ctx context.Context, at time.Time) error {
	isDue := l.stop.takeDue()
	if l.stop.isCompared && !isDue {
		return nil
	}
	known := l.engine.StopSwitch()
	want := l.stop.wanted(known)
	if !isDue && engine.StopText(want) == engine.StopText(known) {
		l.throw(ctx, want)
	} else if err := l.takeOne(ctx, at, offer{input: &routerv1.Input{Content: &routerv1.Input_StopSwitch{StopSwitch: want}}}); err != nil {
		return err
	}
	l.stop.isCompared = true
	return nil
}

// throw makes a switch that is recorded the one that counts.
func (l *loop) throw(ctx context.Context, s *routerv1.StopSwitch) {
	before, after := engine.StopText(l.stop.get()), engine.StopText(s)
	l.stop.set(s, true)
	l.halt(s)
	switch {
	case before == after:
	case after != "":
		l.logger.WarnContext(ctx, "actions are stopped but for those that end a pause or a lease", slog.String("why", after))
	default:
		l.logger.InfoContext(ctx, "actions go on", slog.String("before", before))
	}
}
