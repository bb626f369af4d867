package router

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/event"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// byStart is who asks for the rules that a process starts with.
const byStart = "start"

// takeInputs takes the inputs that wait, between the last decided event and the
// next one. at is when that one was stored, or the server's time in silence: what
// is due by then comes first, as it does when the next event moves the clock.
// Nothing is taken in the midst of what former processes decided. The error is
// that ctx has ended, or that somebody else records inputs.
func (l *loop) takeInputs(ctx context.Context, at time.Time) error {
	if err := l.replay(ctx, l.position.Sequence+1); err != nil {
		return err
	}
	if l.recorded.next != nil || l.position.Sequence < l.barrier {
		return nil
	}
	if l.hasCaughtUp {
		l.showOpen()
	}
	if l.isUnnamed || l.rules.Version() != l.wanted.Version() {
		if err := l.takeOne(ctx, at, offer{input: switchTo(l.wanted, byStart), rules: l.wanted}); err != nil {
			return err
		}
	}
	if err := l.compareStop(ctx, at); err != nil {
		return err
	}
	for {
		o, ok := l.inputs.pop()
		if !ok {
			return nil
		}
		err := l.takeOne(ctx, at, o)
		if errors.Is(err, bus.ErrOvertaken) {
			l.inputs.back(o)
		}
		if err != nil {
			return err
		}
	}
}

func switchTo(rules *Rules, by string) *routerv1.Input {
	return &routerv1.Input{Content: &routerv1.Input_RuleSetSwitch{
		RuleSetSwitch: &routerv1.RuleSetSwitch{RuleSet: rules.Version(), By: by},
	}}
}

// takeOne records the input and lets it take effect. A kill in between leaves it
// to the next process, which takes it at its place.
func (l *loop) takeOne(ctx context.Context, at time.Time, o offer) error {
	l.pulse.begin(l.position.Sequence)
	defer l.pulse.end()
	l.inputs.taking.Store(true)
	defer l.inputs.taking.Store(false)
	in := o.input
	in.AfterSequence = l.position.Sequence
	if !at.IsZero() {
		in.TakenAt = timestamppb.New(at)
	}
	l.aimWarm(in, o.rules, at)
	if in.GetStopSwitch() != nil {
		l.stop.complete(in.GetStopSwitch(), l.engine.StopSwitch())
	}
	err := l.record(ctx, in, o.rules)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, bus.ErrOvertaken):
		l.engine = nil // what was judged may have to be judged after an input that we do not know
		if l.lose != nil {
			l.lose()
		}
		return err
	case err != nil:
		l.metrics.lostInputs.Inc()
		l.logger.ErrorContext(ctx, "an input cannot be recorded and is not taken",
			slog.String("input", bus.InputSubject(in)), slog.String("error", brief(err)))
		o.end(err)
		return l.unheard(ctx, in, err)
	}
	if o.rules != nil {
		l.wanted = o.rules
	}
	if err := l.apply(ctx, in, o.rules); err != nil {
		return err
	}
	if in.GetStopSwitch() != nil {
		l.throw(ctx, in.GetStopSwitch())
	}
	o.end(nil)
	return nil
}

// record puts the input on its stream; of a switch, the rules are kept first. It
// repeats what the bus does not take until ctx ends.
func (l *loop) record(ctx context.Context, in *routerv1.Input, rules *Rules) error {
	if rules != nil {
		if err := l.keep(ctx, rules, in.GetRuleSetSwitch().GetBy()); err != nil {
			return err
		}
	}
	place := &l.recorded.position
	id := event.Hash("input", place.Created.Format(time.RFC3339Nano), strconv.FormatUint(place.Sequence, 10),
		strconv.FormatUint(in.GetAfterSequence(), 10), bus.InputSubject(in))
	return retry.Do(ctx, l.logger, "record "+bus.InputSubject(in), func(ctx context.Context) error {
		sequence, err := l.bus.PublishInput(ctx, id, in, l.recorded.end)
		switch {
		case err == nil:
			place.Sequence, l.recorded.end = sequence, sequence
		case bus.IsRefused(err), errors.Is(err, bus.ErrOvertaken):
			return retry.Permanent(err)
		default:
			l.metrics.inputFailures.Inc()
		}
		return err
	})
}

// apply lets the engine take the input; rules are those of a switch, nil if they
// are not known any more. The error is that ctx has ended.
func (l *loop) apply(ctx context.Context, in *routerv1.Input, rules *Rules) error {
	l.at = l.position.Sequence + 1
	l.changed = true
	l.metrics.inputs.WithLabelValues(inputWord(in)).Inc()
	if in.GetTakenAt() != nil {
		if err := l.carryOut(ctx, l.engine.Advance(in.GetTakenAt().AsTime())); err != nil {
			return err
		}
	}
	var outputs []engine.Output
	var err error
	switch {
	case in.GetRuleSetSwitch() == nil:
		outputs = l.engine.Take(in)
		l.alerts.heard(in)
	case rules != nil:
		if rules.Version() != l.rules.Version() {
			if outputs, err = l.switchEngine(ctx, in, rules); err != nil {
				l.engine = nil
				return err
			}
		}
		l.decideBy(ctx, rules, in.GetRuleSetSwitch().GetBy())
	}
	return l.conclude(ctx, in, outputs)
}

// conclude does what follows from the input itself. Of one that this process has
// recorded nobody has decided anything before, whatever is history.
func (l *loop) conclude(ctx context.Context, in *routerv1.Input, outputs []engine.Output) error {
	l.isNews = l.recorded.next == nil && in.GetRuleSetSwitch() == nil
	defer func() { l.isNews = false }()
	if err := l.carryOut(ctx, outputs); err != nil {
		return err
	}
	return l.heed(ctx, in, outputs)
}

func inputWord(in *routerv1.Input) string {
	return bus.InputSubject(in)[len("signalbox.input."):]
}

// rulesFor returns the rules of a recorded switch, nil for another input, and
// nil with a word in the log for rules that are not kept as they were: then
// those at hand go on, and what they would decide differently is dropped.
func (l *loop) rulesFor(ctx context.Context, in *routerv1.Input) (*Rules, error) {
	if in.GetRuleSetSwitch() == nil {
		return nil, nil //nolint:nilnil // there are none
	}
	rules, err := l.keptRules(ctx, in.GetRuleSetSwitch().GetRuleSet())
	if err != nil {
		return nil, err
	}
	if rules == nil && l.doubt == noDoubt {
		l.doubt, l.history = rulesDoubt, l.verdict
	}
	return rules, nil
}

// keptRules returns the set of that version, nil if it is not kept.
func (l *loop) keptRules(ctx context.Context, version string) (*Rules, error) {
	if version == l.wanted.Version() {
		return l.wanted, nil
	}
	rules, err := l.archive.load(ctx, version)
	if errors.Is(err, errNoSet) {
		l.metrics.lostSets.Inc()
		l.logger.ErrorContext(ctx, "rules that decided before are not kept; those at hand take their place",
			slog.String("rule_set", version), slog.String("error", brief(err)))
		return nil, nil //nolint:nilnil // there are none
	}
	return rules, err
}

// decideBy makes the rules those that decide, for everybody who asks.
func (l *loop) decideBy(ctx context.Context, rules *Rules, by string) {
	if before := l.rules; before.Version() != rules.Version() {
		l.logger.InfoContext(ctx, "other rules decide from here on", slog.String("rule_set", rules.Version()),
			slog.String("before", before.Version()), slog.Int("rules", len(rules.Rules())), slog.String("by", by),
			slog.Uint64("after_sequence", l.position.Sequence))
	}
	l.rules, l.isUnnamed = rules, false
	l.origins.follow(rules.Set)
	l.tellRules(by)
}

// tellRules says by which rules is decided.
func (l *loop) tellRules(by string) {
	set := l.keeping
	if set.GetVersion() != l.rules.Version() {
		set = &routerv1.RuleSet{Version: l.rules.Version(), By: by}
	}
	l.status.decides(l.rules, set)
	l.metrics.ruleSet(l.rules.Version(), len(l.rules.Rules()))
	l.health.Note(l.status.note())
}
