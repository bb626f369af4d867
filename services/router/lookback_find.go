package router

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// settledAfter is how long after an event what is decided about it is on its way at
// most, if the router keeps up.
const settledAfter = 10 * time.Second

// find finds the event, what was decided about it, and by which rules.
func (l *lookback) find(ctx context.Context) error {
	l.sets = map[string]*rule.Set{l.asked.Version(): l.asked}
	events, err := findStream(ctx, l.js, bus.StreamEvents)
	if err != nil {
		return err
	}
	l.events = events.CachedInfo()
	if l.at, err = placeOf(ctx, events, l.request.GetEventId()); err != nil {
		return err
	}
	if err := l.findSwitch(ctx); err != nil {
		return err
	}
	if err := l.findRecord(ctx); err != nil {
		return err
	}
	l.isFollowed = len(l.request.GetFiles()) == 0 && (l.inForce == l.asked.Version() ||
		slices.ContainsFunc(l.recorded, func(d *decisionv1.Decision) bool { return d.GetRuleSet() == l.asked.Version() }))
	l.settings.NoVendor = !l.isFollowed // nothing was done for rules that did not decide
	return nil
}

// placeOf returns where the event stands: the first message of it that can be read,
// for one that could not be may have been published again. The stream knows no index
// of ids, so the headers are gone over.
func placeOf(ctx context.Context, stream jetstream.Stream, id string) (placed, error) {
	looking, found := context.WithCancel(ctx)
	defer found()
	var at placed
	var fault error
	err := scan(looking, stream, jetstream.ConsumerConfig{OptStartSeq: 1, HeadersOnly: true}, func(msg jetstream.Msg) {
		metadata, err := msg.Metadata()
		if err != nil || at.isRead() || fault != nil || !bus.MayHoldEvent(msg.Headers(), id) {
			return
		}
		at, fault = occurredAt(ctx, stream, placed{sequence: metadata.Sequence.Stream, stored: metadata.Timestamp})
		if at.isRead() || fault != nil {
			found()
		}
	})
	switch {
	case fault != nil || at.isRead():
		return at, fault
	case err != nil && !errors.Is(err, context.Canceled):
		return at, fmt.Errorf("look for the event: %w", err)
	case ctx.Err() != nil:
		return at, ctx.Err()
	}
	return at, noSuchEvent(id)
}

// occurredAt adds when the event occurred; one that cannot be read has no such time.
func occurredAt(ctx context.Context, stream jetstream.Stream, at placed) (placed, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	msg, err := stream.GetMsg(ctx, at.sequence)
	if err != nil {
		return at, fmt.Errorf("read event %d: %w", at.sequence, err)
	}
	if e, err := bus.DecodeEvent(msg.Header, msg.Data); err == nil {
		at.occurred = e.GetOccurredAt().AsTime()
	}
	return at, nil
}

// findSwitch finds out which rules decided when the event came.
func (l *lookback) findSwitch(ctx context.Context) error {
	stream, err := findStream(ctx, l.js, bus.StreamInputs)
	if err != nil {
		return err
	}
	l.inputs = stream.CachedInfo()
	subject := bus.InputSubject(&routerv1.Input{Content: &routerv1.Input_RuleSetSwitch{}})
	err = scan(ctx, stream, jetstream.ConsumerConfig{OptStartSeq: 1, FilterSubject: subject}, func(msg jetstream.Msg) {
		metadata, err := msg.Metadata()
		if err != nil || metadata.Timestamp.Before(l.events.Created) {
			return
		}
		in, err := bus.DecodeInput(msg.Headers(), msg.Data())
		if err == nil && in.GetAfterSequence() < l.at.sequence {
			l.inForce = in.GetRuleSetSwitch().GetRuleSet()
		}
	})
	if err != nil {
		return fmt.Errorf("read the recorded switches of rules: %w", err)
	}
	return nil
}

// findRecord finds what was decided about the event, by any rules. It was decided
// after the event was stored.
func (l *lookback) findRecord(ctx context.Context) error {
	stream, err := findStream(ctx, l.js, bus.StreamDecisions)
	if err != nil {
		return err
	}
	l.decisions = stream.CachedInfo()
	l.isSettled = l.router.Status(ctx).Decided >= l.at.sequence &&
		l.events.TimeStamp.Sub(l.at.stored) > settledAfter && l.keepsDecisions()
	config := jetstream.ConsumerConfig{OptStartTime: &l.at.stored, FilterSubjects: l.subjects()}
	err = scan(ctx, stream, config, func(msg jetstream.Msg) {
		d, err := bus.DecodeDecision(msg.Headers(), msg.Data())
		if err != nil || d.GetEventId() != l.request.GetEventId() || d.GetSequence() != l.at.sequence {
			return
		}
		if metadata, err := msg.Metadata(); err == nil {
			l.recorded, l.lastRecord = append(l.recorded, d), metadata.Timestamp
		}
	})
	if err != nil {
		return fmt.Errorf("read what was decided: %w", err)
	}
	return nil
}

// keepsDecisions reports whether what was decided about the event is still kept.
func (l *lookback) keepsDecisions() bool {
	return l.decisions.State.FirstSeq <= 1 || !l.decisions.State.FirstTime.After(l.at.stored)
}

// maxSubjects is for how many rules only their own decisions are read.
const maxSubjects = 16

// subjects are those of the decisions of the rules that are asked, and of late
// events; none for all.
func (l *lookback) subjects() []string {
	names := l.request.GetRules()
	if len(names) == 0 || len(names) > maxSubjects {
		return nil
	}
	subjects := []string{bus.RuleDecisions("")}
	for _, name := range names {
		if subject := bus.RuleDecisions(name); !slices.Contains(subjects, subject) {
			subjects = append(subjects, subject)
		}
	}
	return subjects
}
