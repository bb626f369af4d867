package rule

import (
	"slices"
	"time"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	rulev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/rule/v1"
)

// Set is a compiled set of rules. It does not change and is safe for
// concurrent use.
type Set struct {
	version string
	rules   []*Rule
	byName  map[string]*Rule
	windows []*MuteWindow
}

// Version returns 26 characters that stand for the content of the rules: what
// they and the mute windows say and the rules' order. File names, comments and
// formatting do not count.
func (s *Set) Version() string { return s.version }

// Rules returns the rules in the order in which they are judged.
func (s *Set) Rules() []*Rule { return slices.Clone(s.rules) }

// Rule returns the rule of that name, nil for none.
func (s *Set) Rule(name string) *Rule { return s.byName[name] }

// MuteWindows returns every mute window, ordered by name.
func (s *Set) MuteWindows() []*MuteWindow { return slices.Clone(s.windows) }

// Mode is what a rule does when it fires.
type Mode string

// The modes.
const (
	// Off compiles and does nothing.
	Off Mode = "off"
	// Shadow decides and records, and asks for no action.
	Shadow Mode = "shadow"
	// Suggest asks for actions that wait for approval.
	Suggest Mode = "suggest"
	// Auto acts.
	Auto Mode = "auto"
)

// Rule is one compiled rule. Its fields must not be changed.
type Rule struct {
	// Name is unique in the set.
	Name string
	// Description is for people.
	Description string
	// Mode is what it does when it fires.
	Mode Mode
	// On are the kinds of event it judges.
	On []event.Kind
	// When is its condition, nil for every event of the kinds.
	When *expr.Program
	// Key gives the texts under which state is kept; never empty.
	Key []*expr.Program
	// Count is nil for a rule that fires at the first event.
	Count *Count
	// Unless must not hold; nil if nothing stands against firing.
	Unless *expr.Program
	// Given are the events that must, or must not, be there.
	Given []Given
	// Flap is nil for a rule that fires at each event.
	Flap *Flap
	// Hold is nil for a rule that fires at once.
	Hold *Hold
	// Mute are the windows in which it keeps quiet.
	Mute []*MuteWindow
	// Cooldown is how long a key stays quiet after it fired, 0 for not at all.
	Cooldown time.Duration
	// Limits bound how often it fires.
	Limits []Limit
	// ApproveWithin is how long a suggested action waits; set in mode Suggest.
	ApproveWithin time.Duration
	// Do is what it asks for.
	Do []Action
	// StateHash stands for on, when, key, count, given, hold and flap: rules
	// that share name and hash share their state.
	StateHash string
	// File and Line are where it stands, Line counted from 1.
	File string
	Line int
	// Source is the rule as it was written.
	Source *rulev1.Rule

	column int
	places []clausePlace
}

// Judges reports whether the rule judges events of that kind. A rule that is
// off judges none.
func (r *Rule) Judges(kind event.Kind) bool {
	return r.Mode != Off && slices.Contains(r.On, kind)
}

// Count asks for several events within a window.
type Count struct {
	// AtLeast is 1 or more.
	AtLeast int
	// Within is the length of the half-open window (t - within, t].
	Within time.Duration
	// Reset tells whether firing empties the window.
	Reset bool
	// Distinct gives the text that tells things apart, nil for the native id.
	Distinct *expr.Program
}

// Given asks for other events that lie before the judged one, or for their
// absence.
type Given struct {
	// On is the kind of the other event.
	On event.Kind
	// Where is a condition on it, nil for every event of the kind.
	Where *expr.Program
	// Key gives the texts that equal the rule's key; as many as the rule has.
	Key []*expr.Program
	// Within is how far back it may lie, both ends inclusive.
	Within time.Duration
	// Wait is how long the judgement waits for it. HasWait is false when the
	// rule leaves that to the engine's settings.
	Wait    time.Duration
	HasWait bool
	// Absent tells that fewer than AtLeast must be there instead.
	Absent bool
	// AtLeast is how many must be there, 1 or more.
	AtLeast int
}

// Flap asks for a key that opened and closed again and again.
type Flap struct {
	// AtLeast is how many closings make it flap, 2 or more.
	AtLeast int
	// Within is the length of the half-open window (t - within, t], and of the
	// quiet that ends the flapping.
	Within time.Duration
}

// Hold asks that a match stands.
type Hold struct {
	// For is how long, more than 0.
	For time.Duration
	// Until is the condition that ends it, nil if nothing does. It is compiled for
	// the rule's kinds together; on an event without a payload that it reads it
	// has no value.
	Until *expr.Program
	// UntilKinds are the kinds of event that it is asked of: the rule's own.
	UntilKinds []event.Kind
}

// Across is what a limit counts together.
type Across string

// What a limit counts together. Firings of other rules never count.
const (
	// AcrossRule counts every firing of the rule.
	AcrossRule Across = "rule"
	// AcrossKey counts those of the key.
	AcrossKey Across = "key"
	// AcrossTarget counts those that act on a target.
	AcrossTarget Across = "target"
	// AcrossSource counts those that act on a source.
	AcrossSource Across = "source"
)

// Limit bounds how often a rule fires.
type Limit struct {
	// Max is 1 or more.
	Max int
	// Per is the length of the half-open window (t - per, t].
	Per time.Duration
	// Across is what is counted together.
	Across Across
}
