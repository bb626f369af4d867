package engine

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
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

// suffixChars is the length of the suffix of a watcher's name.
const suffixChars = 6

var errEmpty = errors.New("the text is empty")

// actions makes what the rule asks for, all of it or none.
func (e *Engine) actions(j *judgement, decisionID string) ([]*actionv1.Action, error) {
	var actions []*actionv1.Action
	for i := range j.state.rule.Do {
		a := e.action(j, i, decisionID)
		var err error
		switch do := &j.state.rule.Do[i]; {
		case do.PauseAlert != nil:
			err = pauseAlert(a, j, do.PauseAlert)
		case do.CreateWatcher != nil:
			err = createWatcher(a, j, do.CreateWatcher, i)
		default:
			err = publish(a, j, do.Publish)
		}
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
	r := j.state.rule
	return &actionv1.Action{
		Id:         event.Hash("action", r.Name, joinKey(j.key), j.event.GetId(), strconv.Itoa(index)),
		Rule:       r.Name,
		RuleSet:    e.version,
		DecisionId: decisionID,
		EventId:    j.event.GetId(),
		Key:        shown(j.key),
		State:      actionv1.State_STATE_PENDING,
		CreatedAt:  timestamppb.New(e.clock),
		UpdatedAt:  timestamppb.New(e.clock),
		EventTime:  timestamppb.New(j.at),
	}
}

// pauseAlert fills in a pause. The lease is counted from the event's arrival,
// so that a replay asks for the same one.
func pauseAlert(a *actionv1.Action, j *judgement, do *rule.PauseAlert) error {
	a.Type, a.Source = "pause_alert", do.Source
	id, err := fill("alert_id", do.AlertID, j.vars)
	if err != nil {
		return err
	}
	until := timestamppb.New(capped(leaseStart(j).Add(do.For)))
	a.Target, a.ExpiresAt = "alert:"+id, until
	a.Operation = &actionv1.Action_PauseAlert{PauseAlert: &actionv1.PauseAlert{
		AlertId: id, For: durationpb.New(do.For), Until: until,
	}}
	return nil
}

// leaseStart is when the event was observed, or else when it occurred, and never
// after it arrived: an event dated ahead must not pause an alert for years.
func leaseStart(j *judgement) time.Time {
	start := j.at
	if j.event.GetObservedAt() != nil {
		start = j.event.GetObservedAt().AsTime()
	}
	if start.After(j.arrived) {
		return j.arrived
	}
	return start
}

// createWatcher fills in a watcher. Its suffix is the same for every event of
// the key, so that the watcher is found again instead of made twice.
func createWatcher(a *actionv1.Action, j *judgement, do *rule.CreateWatcher, index int) error {
	a.Type, a.Source = "create_watcher", do.Source
	name, err := fill("name", do.Name, j.vars)
	if err != nil {
		return err
	}
	w := &actionv1.CreateWatcher{Alert: do.Alert}
	w.Name = name + " [sb-" + event.Hash("watcher", j.state.rule.Name, joinKey(j.key), strconv.Itoa(index))[:suffixChars] + "]"
	for i, chip := range do.Chips {
		text, err := fill(fmt.Sprintf("chips[%d]", i), chip, j.vars)
		if err != nil {
			return err
		}
		w.Chips = append(w.Chips, text)
	}
	a.Target = "watcher:" + w.GetName()
	a.Operation = &actionv1.Action_CreateWatcher{CreateWatcher: w}
	return nil
}

// publish fills in a notification. A field may be empty.
func publish(a *actionv1.Action, j *judgement, do *rule.Publish) error {
	a.Type, a.Source = "publish", publishSource
	subject, err := fill("subject", do.Subject, j.vars)
	if err != nil {
		return err
	}
	p := &actionv1.Publish{Subject: subject}
	for _, field := range do.Fields {
		text, err := fill("fields."+field.Name, field.Text, j.vars)
		if err != nil && !errors.Is(err, errEmpty) {
			return err
		}
		if p.Fields == nil {
			p.Fields = map[string]string{}
		}
		p.Fields[field.Name] = text
	}
	a.Target = "subject:" + subject
	a.Operation = &actionv1.Action_Publish{Publish: p}
	return nil
}

// fill evaluates a text of an action. One without a value or without a
// character is a fault: an action on nothing is not asked for.
func fill(name string, t *expr.TextTemplate, vars expr.Vars) (string, error) {
	text, err := t.Text(vars)
	if err == nil && text == "" {
		err = errEmpty
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

// refsOf names the actions in their decision.
func refsOf(actions []*actionv1.Action) []*decisionv1.ActionRef {
	var refs []*decisionv1.ActionRef
	for _, a := range actions {
		refs = append(refs, &decisionv1.ActionRef{
			Id: a.GetId(), Type: a.GetType(), Target: a.GetTarget(), Until: a.GetExpiresAt(),
		})
	}
	return refs
}
