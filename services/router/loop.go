package router

import (
	"context"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"

	"github.com/signalbox-io/signalbox/pkg/bus"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/ledger"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// loop reads, decides and publishes. It belongs to one goroutine.
type loop struct {
	bus      Bus
	settings engine.Settings
	ledger   *ledger.Ledger
	executor *action.Executor
	health   Health
	metrics  *metrics
	status   *status
	logger   *slog.Logger
	tracer   trace.Tracer

	outbox  *outbox
	morgue  *morgue
	origins *origins

	// rules decide; wanted are those that shall, as soon as what former
	// processes decided has been gone over. isUnnamed tells that no recorded
	// switch names the rules.
	rules, wanted *Rules
	isUnnamed     bool
	archive       archive
	keeping       *routerv1.RuleSet // the wanted set as it is kept
	inputs        *inputQueue
	alerts        *inventory
	open          chan<- engine.Open // is told what the engine waits for, once
	recorded      recorded
	stop          *stopper
	halt          func(*routerv1.StopSwitch)

	// engine and position are what has been decided; nil before the first
	// pass.
	engine   *engine.Engine
	position position
	doubt    doubt
	history  history
	// verdict is what would be history if the rules of then were not known;
	// barrier the last event that a former process is known to have judged.
	verdict history
	barrier uint64
	at      uint64 // the event at which is decided
	// isNews tells that what is decided follows from an input of this process.
	isNews bool
	stats  engine.Stats // as last counted
	// nextCount is when they are counted again at the latest.
	nextCount time.Time
	// isCompared tells whether what is published already has been collected
	// for this state; replayedAt is the server's time of that.
	isCompared bool
	replayedAt time.Time
	// target is where the stream ended when the pass began.
	target      uint64
	hasCaughtUp bool

	// behind is how many messages followed the last decided one.
	behind uint64

	pulse   *pulse
	clock   serverClock
	check   time.Time // when an idle loop looks after itself
	stalled time.Time // since when messages do not come, zero if they do

	changed      bool // since the last snapshot
	nextSnapshot time.Time
	snapshotSize int      // of the last one
	storing      *storing // the one that is being stored, nil for none
	marked       []byte   // how far events are judged, as it was kept last
	nextMark     time.Time

	// isTrailing tells that another router decides: nothing is written, and what
	// follows from the events is not carried out. thawed is when a snapshot was
	// looked for.
	isTrailing bool
	thawed     time.Time
	// hasOvertaken tells that the router before may not know yet that it does not
	// decide any more.
	hasOvertaken bool
	// lose ends deciding where another router has recorded an input; nil for the only
	// one.
	lose func()
}

// run decides until reading ends, and stores what was decided before life
// ends.
func (l *loop) run(reading, life context.Context) {
	backoff := retry.Backoff{Base: 250 * time.Millisecond, Max: 5 * time.Second}
	for failures := 1; reading.Err() == nil; failures++ {
		l.hasCaughtUp = false
		err := l.pass(reading, life)
		if reading.Err() != nil {
			break
		}
		if l.hasCaughtUp {
			failures = 1
		}
		l.health.Fail(err.Error())
		l.metrics.interruptions.Inc()
		wait := backoff.Delay(failures)
		l.logger.WarnContext(reading, "reading the events broke off, going on after the last decided one",
			slog.Uint64("sequence", l.position.Sequence), slog.Duration("wait", wait), slog.Any("error", err))
		if retry.Wait(reading, wait) != nil {
			break
		}
	}
	l.leave(life)
}

// leave keeps what was decided at the end. Of much state only how far it reaches:
// another router waits for the claim, and what came since the last snapshot is soon
// decided again.
func (l *loop) leave(life context.Context) {
	l.stored(life, true)
	switch {
	case l.engine == nil || !l.changed:
	case l.snapshotSize > largeSnapshot:
		l.mark(life)
	default:
		l.snapshot(life)
		l.stored(life, true)
	}
}

// pass reads and decides until something breaks, which it returns, or until
// reading ends.
func (l *loop) pass(reading, life context.Context) error {
	l.stored(life, true) // before it is read again
	stream, err := l.locate(reading)
	if err != nil {
		return err
	}
	if err := l.compare(reading, stream); err != nil {
		return err
	}
	l.note(stream.CachedInfo())
	r, err := openReader(reading, stream, l.position.Sequence+1, l.bus.JetStream().Conn().MaxPayload(), l.inputs.wake)
	if err != nil {
		return err
	}
	defer r.close(reading)
	return l.follow(reading, life, r)
}

// note keeps what the server said of the stream.
func (l *loop) note(info *jetstream.StreamInfo) {
	l.clock.set(info.TimeStamp)
	l.target = info.State.LastSeq
	l.check, l.stalled = time.Time{}, time.Time{}
	l.progress()
}

func (l *loop) follow(reading, life context.Context, r *reader) error {
	var batch []item
	for {
		var err error
		batch, err = r.take(reading, l.patience(), batch)
		switch {
		case len(batch) > 0:
			err = l.decide(reading, life, batch)
		case err != nil || reading.Err() != nil:
		case !time.Now().Before(l.check):
			err = l.idle(reading, life, r)
		case l.hasCaughtUp && l.behind == 0:
			err = l.takeInputs(life, l.clock.now().Add(-clockMargin))
		}
		if err != nil || reading.Err() != nil {
			return err
		}
		l.forget()
		l.keepUp(life)
	}
}

// keepUp keeps the state, and how far it reaches, when it is time to.
func (l *loop) keepUp(life context.Context) {
	l.stored(life, false)
	switch now := time.Now(); {
	case !l.changed:
	case l.storing == nil && !now.Before(l.nextSnapshot):
		l.snapshot(life)
	case !now.Before(l.nextMark):
		l.mark(life)
	}
}

// patience is how long to wait for messages at most.
func (l *loop) patience() time.Duration {
	until := l.check
	if l.changed && l.nextMark.Before(until) {
		until = l.nextMark
	}
	if l.changed && l.storing == nil && l.nextSnapshot.Before(until) {
		until = l.nextSnapshot
	}
	return time.Until(until)
}

// decide judges the batch, or as much of it as is judged before reading ends,
// and does what follows.
func (l *loop) decide(reading, life context.Context, batch []item) error {
	defer l.pulse.end()
	for i := 0; i < len(batch) && reading.Err() == nil; i++ {
		l.pulse.begin(l.position.Sequence)
		if err := l.takeBefore(life, &batch[i], i%batchMessages == 0); err != nil {
			return err
		}
		if err := l.judge(life, &batch[i]); err != nil {
			return err
		}
	}
	l.origins.current = nil
	l.stalled = time.Time{}
	l.check = time.Now().Add(l.nextCheck())
	l.progress()
	return nil
}

// takeBefore takes the inputs that stand before the message. Those that come
// in between wait for their turn, but for the rules of the start, which decide from
// the first event on that others have not judged.
func (l *loop) takeBefore(ctx context.Context, it *item, isTurn bool) error {
	if isTurn || l.isUnnamed || l.rules != l.wanted {
		if err := l.takeInputs(ctx, it.stored); err != nil {
			return err
		}
	}
	return l.replay(ctx, it.sequence)
}

func (l *loop) judge(ctx context.Context, it *item) error {
	if outputs := l.ask(it); it.fault != nil {
		l.metrics.undecodable.Inc()
		if err := l.morgue.undecodable(ctx, *it); err != nil {
			return err
		}
	} else {
		l.metrics.events.WithLabelValues(string(it.head.Kind)).Inc()
		l.origins.remember(it)
		l.at = it.sequence
		if err := l.carryOut(ctx, outputs); err != nil {
			return err
		}
	}
	l.position.Sequence, l.position.Stored = it.sequence, it.stored
	l.changed = true
	l.behind = it.behind
	return nil
}

// ask lets the engine judge the message's event, or notes its fault.
func (l *loop) ask(it *item) []engine.Output {
	if it.event == nil && it.fault == nil {
		outputs, err := l.engine.Wire(engine.Input{Wire: it.msg.Data(), Sequence: it.sequence, Time: it.stored})
		if err == nil {
			it.head = l.engine.Header()
			return outputs
		}
		// The words of the dead letter are those of everybody who decodes it.
		it.event, it.fault = bus.DecodeEvent(it.msg.Headers(), it.msg.Data())
	}
	if it.fault != nil {
		return nil
	}
	outputs := l.engine.Event(engine.Input{Event: it.event, Sequence: it.sequence, Time: it.stored})
	it.head = l.engine.Header()
	return outputs
}

// countEvery is how often what the engine holds is counted while the loop has
// events to decide: of very many rules it takes as long as many events.
const countEvery = time.Second

// count tells what the engine has done and holds.
func (l *loop) count() {
	stats := l.engine.Stats()
	l.metrics.duplicates.Add(float64(stats.Duplicates - l.stats.Duplicates))
	l.metrics.late.Add(float64(stats.Late - l.stats.Late))
	l.metrics.refusedKeys.Add(float64(stats.RefusedKeys - l.stats.RefusedKeys))
	l.metrics.early.Add(float64(stats.Early - l.stats.Early))
	l.stats = stats
	l.metrics.waiting.Set(float64(stats.Waiting))
	l.metrics.keys.Set(float64(stats.Keys))
	l.status.remember(l.engine.AppendKeys)
}

// progress tells how far the loop has come.
func (l *loop) progress() {
	if now := time.Now(); l.behind == 0 || !now.Before(l.nextCount) {
		l.count()
		l.nextCount = now.Add(countEvery)
	}
	l.metrics.decidedSequence.Set(float64(l.position.Sequence))
	l.metrics.lag.Set(float64(l.behind))
	l.status.decided(l.position.Sequence, max(l.target, l.position.Sequence+l.behind))
	if l.position.Sequence >= l.target {
		l.hasCaughtUp = true
		l.health.OK()
	}
}
