package suite

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
)

// Record is one thing that a case gave: a decision, an action, a lease that was
// taken or ended, a notification.
type Record struct {
	// Kind is decisions, actions, leases or notifications.
	Kind string
	// Subject is what it is about: the event of a decision or an action, the
	// target of a lease, the subject of a notification.
	Subject string
	// Sentence is what became of it, written out whole.
	Sentence string

	rule     string
	nameless string   // the sentence without the rule's name
	shorts   []string // sentences that leave something out
	fields   map[string]string
	step     int
	wire     string // all of a decision or an action, to compare runs
}

// said reports whether a sentence is one of the record's.
func (r *Record) said(sentence string, exact bool) bool {
	if sentence == r.Sentence {
		return true
	}
	return !exact && slices.Contains(r.shorts, sentence)
}

// decisionRecord tells of a decision and its actions. several tells that the
// name of the rule is part of the sentence.
func decisionRecord(d *decisionv1.Decision, asked []*actionv1.Action, several bool) *Record {
	outcome := strings.TrimPrefix(d.GetOutcome().String(), "OUTCOME_")
	by, detail, does := "", "", doing(d, len(asked))
	if d.GetRule() != "" {
		by = " by " + d.GetRule()
	}
	if d.GetDetail() != "" {
		detail = ", " + d.GetDetail()
	}
	r := &Record{
		Kind: kindDecision, Subject: d.GetEventId(), rule: d.GetRule(), wire: wireOf(d),
		Sentence: outcome + by + detail + does, nameless: outcome + detail + does,
		shorts: []string{
			outcome, outcome + by, outcome + detail, outcome + by + detail,
			outcome + does, outcome + by + does, outcome + detail + does,
		},
		fields: map[string]string{
			"event": d.GetEventId(), "rule": d.GetRule(), "outcome": outcome, "clause": d.GetClause(),
			"detail": d.GetDetail(), "key": listOf(d.GetKey()), "causes": listOf(d.GetCauses()),
			"source": d.GetSource(), "entity": d.GetEntity(), "time": moment(d.GetTime().AsTime()),
			"actions": listOf(refs(d)),
		},
	}
	if !several && by != "" {
		r.shorts = append(r.shorts, r.Sentence)
		r.Sentence = outcome + detail + does
	}
	return r
}

// doing is the part of a sentence that names the actions.
func doing(d *decisionv1.Decision, asked int) string {
	var out strings.Builder
	for _, ref := range refs(d) {
		out.WriteString("; " + ref)
	}
	if asked != len(d.GetActions()) {
		out.WriteString(" (not asked for)")
	}
	return out.String()
}

func refs(d *decisionv1.Decision) []string {
	var out []string
	for _, a := range d.GetActions() {
		text := a.GetType() + " " + a.GetTarget()
		if a.GetUntil() != nil {
			text += " until " + moment(a.GetUntil().AsTime())
		}
		out = append(out, text)
	}
	return out
}

// actionRecord tells of an action that reached a state; word is that state in
// words, empty for one that is asked for.
func actionRecord(a *actionv1.Action, until time.Time, word, by string) *Record {
	does := a.GetType() + " " + a.GetTarget()
	state := strings.TrimPrefix(a.GetState().String(), "STATE_")
	r := &Record{
		Kind: kindAction, Subject: a.GetEventId(), rule: a.GetRule(), wire: wireOf(a),
		fields: map[string]string{
			"event": a.GetEventId(), "rule": a.GetRule(), "type": a.GetType(), "source": a.GetSource(),
			"target": a.GetTarget(), "state": state, "by": by,
		},
	}
	end := ""
	if word != "" {
		does += ", " + word
	}
	if !until.IsZero() {
		end = " until " + moment(until)
		r.fields["until"] = moment(until)
	}
	r.Sentence, r.shorts = does+end, []string{does}
	flatten(r.fields, "operation", operationOf(a), 1)
	return r
}

// operationOf returns what the action does, as JSON has it.
func operationOf(a *actionv1.Action) *structpb.Value {
	m := a.ProtoReflect()
	fd := m.WhichOneof(m.Descriptor().Oneofs().ByName("operation"))
	if fd == nil {
		return nil
	}
	data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m.Get(fd).Message().Interface())
	value := &structpb.Value{}
	if err != nil || protojson.Unmarshal(data, value) != nil {
		return nil
	}
	return value
}

// flatten writes what is nested under its path.
func flatten(out map[string]string, path string, v *structpb.Value, depth int) {
	switch kind := v.GetKind().(type) {
	case *structpb.Value_StructValue:
		for name, member := range kind.StructValue.GetFields() {
			if depth <= maxNested {
				flatten(out, path+"."+name, member, depth+1)
			}
		}
	case *structpb.Value_ListValue:
		var items []string
		for _, item := range kind.ListValue.GetValues() {
			items = append(items, plainText(item))
		}
		out[path] = listOf(items)
	case nil:
	default:
		out[path] = plainText(v)
	}
}

func plainText(v *structpb.Value) string {
	switch kind := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		return kind.StringValue
	case *structpb.Value_NumberValue:
		return strconv.FormatFloat(kind.NumberValue, 'g', -1, 64)
	case *structpb.Value_BoolValue:
		return strconv.FormatBool(kind.BoolValue)
	default:
		return v.String()
	}
}

// leaseRecord tells that a lease was taken or ended.
func leaseRecord(l lease, state string, at time.Time) *Record {
	end := " at " + moment(at)
	if state == leaseTaken {
		end = " until " + moment(l.until)
	}
	return &Record{
		Kind: kindLease, Subject: l.target, rule: l.rule, Sentence: state + end, shorts: []string{state},
		fields: map[string]string{
			"target": l.target, "source": l.source, "state": state, "rule": l.rule,
			"until": moment(l.until), "at": moment(at),
		},
	}
}

// notificationRecord tells of a message to subscribers.
func notificationRecord(a *actionv1.Action) *Record {
	r := &Record{
		Kind: kindNotification, Subject: a.GetPublish().GetSubject(), rule: a.GetRule(), shorts: []string{""},
		fields: map[string]string{"subject": a.GetPublish().GetSubject(), "event": a.GetEventId(), "rule": a.GetRule()},
	}
	var parts []string
	for _, name := range sortedKeys(a.GetPublish().GetFields()) {
		parts = append(parts, name+"="+a.GetPublish().GetFields()[name])
		r.fields["fields."+name] = a.GetPublish().GetFields()[name]
	}
	r.Sentence = strings.Join(parts, ", ")
	return r
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// wireOf is all of a message, for comparing it.
func wireOf(m proto.Message) string {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
