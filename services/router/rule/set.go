package rule

import (
	"slices"
	"time"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
)

// Set is a compiled set of rules. It does not change and is safe for
// concurrent use.
type Set struct {
	version string
	rules   []*Rule
}

// Version returns 26 characters that stand for the content of the rules: what
// they say and their order. File names, comments and formatting do not count.
func (s *Set) Version() string { return s.version }

// Rules returns the rules in the order in which they are judged.
func (s *Set) Rules() []*Rule { return slices.Clone(s.rules) }

// Mode is what a rule does when it fires.
type Mode string

// The modes.
const (
	// Off compiles and does nothing.
	Off Mode = "off"
	// Shadow decides and records, and asks for no action.
	Shadow Mode = "shadow"
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
	// Given are the events that must be there.
	Given []Given
	// Cooldown is how long a key stays quiet after it fired, 0 for not at all.
	Cooldown time.Duration
	// Do is what it asks for.
	Do []Action
	// StateHash stands for on, when, key, count and given: rules that share
	// name and hash share their state.
	StateHash string
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
}

// Given asks for another event that lies before the judged one.
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
}

// Action is one entry of `do`. Exactly one of its fields is not nil.
type Action struct {
	PauseAlert    *PauseAlert
	CreateWatcher *CreateWatcher
	Publish       *Publish
}

// PauseAlert pauses an Anodot alert under a lease.
type PauseAlert struct {
	// Source is the name of the Anodot source.
	Source string
	// AlertID gives the alert.
	AlertID *expr.TextTemplate
	// For is the length of the lease.
	For time.Duration
}

// CreateWatcher creates an Anomify watcher once.
type CreateWatcher struct {
	// Source is the name of the Anomify source.
	Source string
	// Name gives the watcher's name without its suffix.
	Name *expr.TextTemplate
	// Chips give the parts of metric names to match.
	Chips []*expr.TextTemplate
	// Alert tells whether the watcher alerts.
	Alert bool
}

// Publish puts a message on the bus.
type Publish struct {
	// Subject gives the subject below the notification prefix.
	Subject *expr.TextTemplate
	// Fields give what the message says, ordered by name.
	Fields []Field
}

// Field is a named text.
type Field struct {
	Name string
	Text *expr.TextTemplate
}
