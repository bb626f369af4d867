package engine

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// publishSource stands as the source of what acts on the bus.
const publishSource = "signalbox"

// Bounds of one action, in bytes.
const (
	maxTargetBytes = 512
	maxActionBytes = 64 << 10
)

// suffixChars is the length of the suffix of a name by which a thing is found
// again. It is the same for every event of the key, so that the thing is found
// instead of made twice.
const suffixChars = 6

// errEmpty is the error of a text that must not be empty.
var errEmpty = errors.New("the text is empty")

// actions makes what the rule asks for, all of it or none.
func (e *Engine) actions(j *judgement, decisionID string) ([]*actionv1.Action, error) {
	var actions []*actionv1.Action
	for i := range j.state.rule.Do {
		a := e.action(j, i, decisionID)
		err := e.fill(a, j, &j.state.rule.Do[i], i)
		if err == nil {
			err = fits(a)
		}
		if err != nil {
			return nil, fmt.Errorf("do[%d].%s.%w", i, a.GetType(), err)
		}
		actions = append(actions, a)
	}
	return actions, nil
}

// fits returns what is too long of the action: texts of events get into it, and
// a vendor may send any text. Beyond these bounds the bus would take neither the
// action nor the decision that names it.
func fits(a *actionv1.Action) error {
	if n := len(a.GetTarget()); n > maxTargetBytes {
		return fmt.Errorf("target: it has %d bytes, of at most %d", n, maxTargetBytes)
	}
	if n := proto.Size(a); n > maxActionBytes {
		return fmt.Errorf("texts: with them the action has %d bytes, of at most %d", n, maxActionBytes)
	}
	return nil
}

// action is what every action has.
func (e *Engine) action(j *judgement, index int, decisionID string) *actionv1.Action {
	r, do := j.state.rule, &j.state.rule.Do[index]
	return &actionv1.Action{
		Type:       do.Spec.Type,
		Source:     cmp.Or(do.Source, publishSource),
		Id:         event.Hash("action", r.Name, joinKey(j.key), j.event.GetId(), strconv.Itoa(index)),
		Rule:       r.Name,
		RuleSet:    e.version,
		DecisionId: decisionID,
		EventId:    j.event.GetId(),
		Key:        shown(j.key),
		State:      actionv1.State_STATE_PENDING,
		CreatedAt:  timestamppb.New(e.clock),
		UpdatedAt:  timestamppb.New(e.clock),
		EventTime:  timestamppb.New(j.when()),

		EventSequence: j.sequence,
		EventSource:   j.event.GetSource(),
		EventEntity:   clipped(j.event.GetEntity(), maxShownKey),
	}
}

// fill makes the operation and what follows from it: the target, and when the
// action is too late to be done.
func (e *Engine) fill(a *actionv1.Action, j *judgement, do *rule.Action, index int) error {
	m := a.ProtoReflect()
	operation := m.NewField(do.Spec.Operation).Message()
	f := filler{operation: operation, vars: j.vars, spec: do.Spec}
	if do.Spec.IsFoundAgain {
		f.suffix = " [sb-" + event.Hash(do.Spec.Prefix, a.GetRule(), joinKey(j.key), strconv.Itoa(index))[:suffixChars] + "]"
	}
	for i := range do.Fields {
		if err := f.field(&do.Fields[i]); err != nil {
			return err
		}
	}
	m.Set(do.Spec.Operation, protoreflect.ValueOfMessage(operation))
	a.Target = do.Spec.Prefix + ":" + f.target
	e.term(a, operation, j, do.For)
	return nil
}

// term sets when the action's effect ends, and when it is too late to be done.
// The time of a lease is counted from the event's arrival, so that a replay asks
// for the same one; that of an action which waits for approval starts there.
func (e *Engine) term(a *actionv1.Action, operation protoreflect.Message, j *judgement, length time.Duration) {
	fields := operation.Descriptor().Fields()
	if length > 0 {
		operation.Set(fields.ByName("for"), protoreflect.ValueOfMessage(durationpb.New(length).ProtoReflect()))
	}
	switch {
	case j.state.rule.Mode == rule.Suggest:
		a.State = actionv1.State_STATE_AWAITING_APPROVAL
		a.ExpiresAt = timestamppb.New(capped(e.clock.Add(j.state.rule.ApproveWithin)))
	case length > 0:
		a.ExpiresAt = timestamppb.New(capped(leaseStart(j).Add(length)))
		until := timestamppb.New(a.GetExpiresAt().AsTime())
		operation.Set(fields.ByName("until"), protoreflect.ValueOfMessage(until.ProtoReflect()))
	}
}

// leaseStart is when the event was observed, or else when it occurred, and never
// after it arrived: an event dated ahead must not pause an alert for years. What
// fires after a hold starts then.
func leaseStart(j *judgement) time.Time {
	if !j.stamp.IsZero() {
		return j.stamp
	}
	start := j.at
	if j.event.GetObservedAt() != nil {
		start = j.event.GetObservedAt().AsTime()
	}
	if start.After(j.arrived) {
		return j.arrived
	}
	return start
}

// refsOf names the actions in their decision. One that waits for approval has
// no end yet.
func refsOf(actions []*actionv1.Action) []*decisionv1.ActionRef {
	var refs []*decisionv1.ActionRef
	for _, a := range actions {
		ref := &decisionv1.ActionRef{Id: a.GetId(), Type: a.GetType(), Target: a.GetTarget()}
		if a.GetState() != actionv1.State_STATE_AWAITING_APPROVAL {
			ref.Until = a.GetExpiresAt()
		}
		refs = append(refs, ref)
	}
	return refs
}
