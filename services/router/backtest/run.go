package backtest

import (
	"errors"
	"fmt"
	"time"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Options say what is run and who is told.
type Options struct {
	// Rules decide.
	Rules *rule.Set
	// Against is what they are compared with, nil for no comparison.
	Against *rule.Set
	// Settings are those of both engines.
	Settings engine.Settings
	// From is when the run begins: what arrives before is gone over, and neither
	// counts nor is told of. Zero lets everything count.
	From time.Time
	// To is when the run ends: what is due at exactly that time comes, what is due
	// later does not, and what is paused longer counts until then. Zero follows
	// everything to its end. No event may arrive at that time or later.
	To time.Time
	// Only chooses which decisions Line is told of.
	Only Filter
	// Line is told of each decision and each end of a lease; nil for nobody. An
	// error of it ends the run.
	Line func(*routerv1.BacktestLine) error
	// Difference is told of what differs between the two sets; nil for nobody.
	Difference func(*routerv1.BacktestDifference) error
}

// Run is one run of rules over events. It belongs to one goroutine.
type Run struct {
	opts Options
	now  *side
	was  *side // nil without a comparison
	warm bool

	clock    time.Time
	before   taken // when the window began
	tally    *tally
	compared *comparison
}

// side is one of the two sets at work.
type side struct {
	engine *engine.Engine
	rules  map[string]*rule.Rule
	owners owners
}

func newSide(set *rule.Set, settings engine.Settings) *side {
	settings.NoVendor = true
	s := &side{engine: engine.New(set, settings), rules: map[string]*rule.Rule{}, owners: newOwners()}
	for _, r := range set.Rules() {
		s.rules[r.Name] = r
	}
	return s
}

// New returns a run that has seen nothing.
func New(opts Options) *Run {
	r := &Run{
		opts: opts, now: newSide(opts.Rules, opts.Settings), warm: !opts.From.IsZero(),
		tally: newTally(opts.Rules, horizon(opts.Rules, opts.Settings)),
	}
	if opts.Against != nil {
		r.was = newSide(opts.Against, opts.Settings)
		r.compared = newComparison(opts.Difference)
	}
	return r
}

// begin ends the warming up once the clock has come to the beginning: what was due
// by then is no part of the run.
func (r *Run) begin(clock time.Time) error {
	if !r.warm || clock.Before(r.opts.From) {
		return nil
	}
	if err := r.advance(r.opts.From); err != nil {
		return err
	}
	r.warm, r.before = false, takenOf(r.now.engine)
	return nil
}

// Clock is when the last event arrived.
func (r *Run) Clock() time.Time { return r.clock }

// ErrUnreadable is the error of an input that holds no event that can be judged.
// The run goes on as if it were not there.
var ErrUnreadable = errors.New("it holds no event")

// Event takes one event, from in.Wire where in.Event is nil. A time before that
// of the event before counts as that: the clock does not go back. The event must
// not be changed afterwards.
func (r *Run) Event(in engine.Input) error {
	clock := r.clock
	if in.Time.After(clock) {
		clock = in.Time
	}
	in.Time = clock
	if err := r.begin(clock); err != nil {
		return err
	}
	before := takenOf(r.now.engine)
	outputs, err := r.now.event(in)
	if err != nil {
		return err
	}
	r.clock = clock
	if !r.warm {
		head := r.now.engine.Header()
		r.tally.event(head.OccurredAt)
		if after := takenOf(r.now.engine); after.duplicates == before.duplicates && after.late == before.late {
			r.tally.pauses.add(head, r.clock)
		}
	}
	var others []engine.Output
	if r.was != nil {
		others, _ = r.was.event(in) // the other side could read it
	}
	return r.tell(outputs, others)
}

// event lets the side judge what the input holds.
func (s *side) event(in engine.Input) ([]engine.Output, error) {
	switch {
	case in.Event != nil:
		return s.engine.Event(in), nil
	case in.Wire == nil:
		return nil, ErrUnreadable
	}
	outputs, err := s.engine.Wire(in)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return outputs, nil
}

// taken is how many events an engine has taken.
type taken struct{ events, duplicates, late uint64 }

func takenOf(e *engine.Engine) (t taken) {
	t.events, t.duplicates, t.late = e.Taken()
	return t
}

// Take takes what decisions depend on besides events, at its place among them.
// A switch of the rule set is passed over: the rules here are those of the run.
func (r *Run) Take(in *routerv1.Input) error {
	if in.GetRuleSetSwitch() != nil {
		return nil
	}
	if at := in.GetTakenAt().AsTime(); at.After(r.clock) {
		r.clock = at
	}
	if ended := in.GetLeaseEnded(); ended != nil && !ended.GetOnTime() {
		r.tally.pauses.resume(target{source: ended.GetSource(), name: ended.GetTarget()}, in.GetTakenAt().AsTime())
	}
	outputs := r.now.engine.Take(in)
	var others []engine.Output
	if r.was != nil {
		others = r.was.engine.Take(in)
	}
	return r.tell(outputs, others)
}

// forever is as far as times are written.
func forever() time.Time { return time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC) }

// End ends the run: what is due by its end comes, such as waits, holds and the ends
// of leases.
func (r *Run) End() error {
	end := r.opts.To
	if end.IsZero() {
		end = forever()
	}
	if err := r.begin(latest(end, r.opts.From)); err != nil {
		return err
	}
	if err := r.advance(end); err != nil {
		return err
	}
	r.tally.pauses.end(end)
	return r.compared.end()
}

// advance lets time pass up to the given time: what is due by then comes, each at
// its time.
func (r *Run) advance(until time.Time) error {
	for {
		due, ok := r.next()
		if !ok || due.After(until) {
			return nil
		}
		if due.After(r.clock) {
			r.clock = due
		}
		outputs := r.now.engine.Advance(r.clock)
		var others []engine.Output
		if r.was != nil {
			others = r.was.engine.Advance(r.clock)
		}
		if err := r.tell(outputs, others); err != nil {
			return err
		}
	}
}

// next returns when something is due first.
func (r *Run) next() (time.Time, bool) {
	due, ok := r.now.engine.Next()
	if r.was == nil {
		return due, ok
	}
	other, hasOther := r.was.engine.Next()
	if !ok || hasOther && other.Before(due) {
		return other, hasOther
	}
	return due, ok
}

// tell counts what came of one step and tells of it.
func (r *Run) tell(outputs, others []engine.Output) error {
	for _, out := range outputs {
		if err := r.line(out); err != nil {
			return err
		}
	}
	for _, out := range others {
		r.was.owners.note(r.was, out, r.clock)
	}
	if r.warm {
		return nil
	}
	r.tally.pauses.settle(r.clock)
	if r.was == nil {
		return nil
	}
	return r.compared.step(r.now.asked(outputs), r.was.asked(others), r.clock)
}

// line counts and tells of one output.
func (r *Run) line(out engine.Output) error {
	var l *routerv1.BacktestLine
	if d := out.Decision; d != nil {
		outcome := outcomeOf(d.GetOutcome())
		r.now.owners.note(r.now, out, r.clock)
		actions := r.now.actionsOf(d)
		if r.warm {
			return nil
		}
		r.tally.decision(r.now, d, outcome, actions)
		if r.opts.Line == nil || r.was != nil || !r.opts.Only.allows(d.GetRule(), outcome) {
			return nil
		}
		l = lineOf(d, outcome, actions)
	} else {
		l = r.now.owners.resumed(out.Lease)
		if r.warm || r.opts.Line == nil || r.was != nil || !r.opts.Only.allows(l.GetRule(), Resumed) {
			return nil
		}
	}
	return r.opts.Line(l)
}
