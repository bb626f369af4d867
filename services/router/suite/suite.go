package suite

import (
	"time"

	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Suite is a file of cases with the rules that they are about. It does not
// change; cases may be played in any order.
type Suite struct {
	// Name is the file's name as it was given.
	Name string
	// Cases are the stories, in the order of the file; at least one.
	Cases []*Case

	set *rule.Set
	// sets are the sets that steps switch to, by their place in the suite.
	sets  []*rule.Set
	clock clock
}

// Set returns the rules that the cases are about.
func (s *Suite) Set() *rule.Set { return s.set }

// Case is one story.
type Case struct {
	// Name is unique in the suite.
	Name string
	// Line is where it stands, counted from 1.
	Line int

	settings engine.Settings
	steps    []*step
	want     *expectations // of the whole case; nil if only steps say something
	only     []string      // rules whose decisions are looked at, empty for all
	others   bool          // whether decisions may come that nothing expects
	exact    bool          // whether decisions must be written out whole
}

// stepKind is what a step does.
type stepKind int

const (
	stepEvent stepKind = iota
	stepNow
	stepApprove
	stepReject
	stepOverride
	stepEnded
	stepInventory
	stepReload
	stepRestart
)

// step is one thing that happens.
type step struct {
	kind stepKind
	name string // for people: the event's id, `now`, `approve eve`
	line int
	at   time.Time // when it happens on the engine's clock
	want *expectations

	event   engine.Input // of stepEvent
	twice   bool         // whether the event was delivered before
	subject reference    // of what a person or a vendor says
	by      string
	stock   stock // of stepInventory
	reload  int   // of stepReload, an index in sets
}

// reference names actions by what asked for them; an empty field fits all.
type reference struct {
	event, rule, kind, target, source string
	state                             string // of stepEnded
}

// expectations are what must come, each list in the order in which it comes;
// one that is nil is not looked at.
type expectations struct {
	decisions, actions, leases, notifications *expected
}

// expected is one list.
type expected struct {
	line  int
	items []*expectation
}

// expectation is one thing that must come.
type expectation struct {
	line     int
	subject  string // of a sentence: what it is about
	written  string // the sentence as it stands in the file
	sentence string // with times written out
	fields   []field
}

// field is one value of an expectation that is written as a mapping.
type field struct {
	name, want string
	written    string // as it stands in the file
	line       int
}
