package rule

import (
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Term tells whether an action's effect ends by itself after its `for`.
type Term int

// The terms.
const (
	// Stays has no `for`.
	Stays Term = iota
	// MayEnd may have one.
	MayEnd
	// MustEnd has one: the action takes a lease.
	MustEnd
)

// ActionSpec describes a type of action. What it does not say follows from
// the message of the operation in signalbox.action.v1, whose fields have the
// names of those of the rule's message in signalbox.rule.v1.
type ActionSpec struct {
	// Type is the name that rules write: `pause_alert`.
	Type string
	// Vendor is whose sources it acts on, unspecified for the bus.
	Vendor eventv1.Vendor
	// Prefix begins the target: `alert` in `alert:17`.
	Prefix string
	// Target is the path of the field whose text ends it.
	Target string
	// Term tells whether it has a `for`.
	Term Term
	// IsFoundAgain tells that the text of the target gets a suffix of the rule's
	// key, by which what was made is found again.
	IsFoundAgain bool
	// Operation is the field of signalbox.action.v1.Action that holds it.
	Operation protoreflect.FieldDescriptor

	fields map[string]fieldSpec
	// changes are the fields of which one must be written.
	changes []string
}

// fieldSpec is what a field may hold beyond what its type says. The zero one
// must be written and must not become empty.
type fieldSpec struct {
	// optional may be left out.
	optional bool
	// mayBeEmpty may be an empty text, or have such texts in it.
	mayBeEmpty bool
	// words are what a text without `${}` may be; the first one stands for none.
	words []string
	// needs is a name that a map must have.
	needs string
	// absent is the expression that stands for none.
	absent string
	// subject must be a subject of the bus.
	subject bool
	// what says what is missing, where the field's name does not.
	what string
}

// IsLease reports whether the action takes a lease: it pauses something for a
// while.
func (s *ActionSpec) IsLease() bool { return s.Term == MustEnd }

// SpecOf returns the type of action that rules write so, nil for none.
func SpecOf(name string) *ActionSpec { return specs.byType[name] }

// ActionSpecs returns every type of action, in the order of the rule language.
func ActionSpecs() []*ActionSpec {
	return slices.Clone(specs.ordered)
}

const (
	noVendor = eventv1.Vendor_VENDOR_UNSPECIFIED
	anodot   = eventv1.Vendor_VENDOR_ANODOT
	anomify  = eventv1.Vendor_VENDOR_ANOMIFY
	reporter = eventv1.Vendor_VENDOR_SECURE_REPORTER
)

var specs = newSpecs( //nolint:gochecknoglobals // the table of actions, which does not change
	ActionSpec{Type: "pause_alert", Vendor: anodot, Prefix: "alert", Target: "alert_id", Term: MustEnd},
	ActionSpec{Type: "create_watcher", Vendor: anomify, Prefix: "watcher", Target: "name", Term: MayEnd, IsFoundAgain: true, fields: map[string]fieldSpec{
		"chips": {what: "at least one part of a metric's name"},
	}},
	ActionSpec{Type: "publish", Vendor: noVendor, Prefix: "subject", Target: "subject", fields: map[string]fieldSpec{
		"subject": {subject: true}, "fields": {optional: true, mayBeEmpty: true},
	}},
	ActionSpec{Type: "resume_alert", Vendor: anodot, Prefix: "alert", Target: "alert_id"},
	ActionSpec{Type: "create_alert", Vendor: anodot, Prefix: "alert", Target: "title", IsFoundAgain: true},
	ActionSpec{Type: "update_alert", Vendor: anodot, Prefix: "alert", Target: "alert_id"},
	ActionSpec{Type: "delete_alert", Vendor: anodot, Prefix: "alert", Target: "alert_id"},
	ActionSpec{Type: "pause_stream", Vendor: anodot, Prefix: "stream", Target: "stream_id", Term: MustEnd},
	ActionSpec{Type: "resume_stream", Vendor: anodot, Prefix: "stream", Target: "stream_id"},
	ActionSpec{Type: "send_metrics", Vendor: anodot, Prefix: "metric", Target: "properties.what", fields: map[string]fieldSpec{
		"properties":  {needs: "what", what: "the metric's properties by name, what among them"},
		"target_type": {optional: true, words: []string{"gauge", "counter"}},
		"timestamp":   {optional: true, absent: "event.occurred_at"},
	}},
	ActionSpec{Type: "update_watcher", Vendor: anomify, Prefix: "watcher", Target: "watcher_id", changes: []string{"name", "chips", "alert"}, fields: map[string]fieldSpec{
		"name": {optional: true}, "chips": {optional: true}, "alert": {optional: true},
	}},
	ActionSpec{Type: "delete_watcher", Vendor: anomify, Prefix: "watcher", Target: "watcher_id"},
	ActionSpec{Type: "undelete_watcher", Vendor: anomify, Prefix: "watcher", Target: "watcher_id"},
	ActionSpec{Type: "train_anomaly", Vendor: anomify, Prefix: "anomaly", Target: "anomaly_id", fields: map[string]fieldSpec{
		"label": {optional: true, mayBeEmpty: true},
	}},
	ActionSpec{Type: "add_exclusion", Vendor: anomify, Prefix: "exclusion", Target: "value", Term: MayEnd},
	ActionSpec{Type: "delete_exclusion", Vendor: anomify, Prefix: "exclusion", Target: "exclusion_id"},
	ActionSpec{Type: "disable_pattern", Vendor: anomify, Prefix: "pattern", Target: "pattern_id"},
	ActionSpec{Type: "mail_report", Vendor: reporter, Prefix: "report", Target: "report", fields: map[string]fieldSpec{
		"form": {optional: true, mayBeEmpty: true},
	}},
)

type specTable struct {
	ordered []*ActionSpec
	byType  map[string]*ActionSpec
}

// newSpecs ties the types to their operations. A type without one is a fault
// of the table, which no build survives.
func newSpecs(list ...ActionSpec) specTable {
	operations := (&actionv1.Action{}).ProtoReflect().Descriptor().Oneofs().ByName("operation").Fields()
	table := specTable{byType: map[string]*ActionSpec{}}
	for i := range list {
		spec := &list[i]
		spec.Operation = operations.ByName(protoreflect.Name(spec.Type))
		if spec.Operation == nil {
			panic("rule: signalbox.action.v1.Action has no operation " + spec.Type)
		}
		table.ordered = append(table.ordered, spec)
		table.byType[spec.Type] = spec
	}
	return table
}
