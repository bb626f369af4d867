// Package health keeps what the parts of a process say about themselves and
// answers whether the process can do its work now. It probes nothing on its
// own: a component reports OK or Fail when it learns of it, and one that has
// reported nothing yet is starting, which counts as not working.
package health

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxReasonRunes bounds a reason, so that a vendor's page of HTML never
// becomes the answer of /readyz.
const maxReasonRunes = 300

// Kind tells how a component's state bears on the whole.
type Kind string

// The kinds of component.
const (
	// KindBus is the bus: down, nothing works.
	KindBus Kind = "bus"
	// KindSource is one vendor account: the process is ready while at least one
	// source works.
	KindSource Kind = "source"
	// KindService is a service of the process: each must work.
	KindService Kind = "service"
)

// State is how a component does.
type State string

// The states of a component.
const (
	StateStarting State = "starting"
	StateOK       State = "ok"
	StateFailing  State = "failing"
)

// Registry holds the components of a process. It is safe for concurrent use.
type Registry struct {
	mu         sync.Mutex
	components []*Component
	stopping   bool
	changed    chan struct{}
}

// New returns a registry without components, which is ready.
func New() *Registry { return &Registry{changed: make(chan struct{})} }

// Component adds a component in the state starting.
func (r *Registry) Component(name string, kind Kind) *Component { return r.Part(name, kind, "") }

// Part adds one part of a component, such as what reads a source beside what calls
// its vendor. The component is shown once, with its parts, and does as the worst of
// them.
func (r *Registry) Part(name string, kind Kind, part string) *Component {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &Component{registry: r, name: name, kind: kind, part: part, state: StateStarting, since: time.Now()}
	r.components = append(r.components, c)
	r.announce()
	return c
}

// Stop makes the registry not ready for good, because the process goes down.
func (r *Registry) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopping {
		r.stopping = true
		r.announce()
	}
}

// Changed returns a channel that is closed at the next change. Take it before
// reading the report, so that no change falls between the two.
func (r *Registry) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// announce wakes whoever waits on Changed; the caller holds the lock.
func (r *Registry) announce() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// Report returns how the process does now.
func (r *Registry) Report() Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	report := Report{Components: merge(r.components)}
	slices.SortStableFunc(report.Components, func(a, b ComponentReport) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	report.Ready, report.Reason = judge(report.Components)
	if r.stopping {
		report.Ready, report.Reason = false, "the process is stopping"
	}
	return report
}

// Component is one component of the process, or a part of one. It is safe for
// concurrent use.
type Component struct {
	registry *Registry
	name     string
	kind     Kind
	part     string
	state    State
	reason   string
	note     string
	since    time.Time
}

// OK reports that the component does its work.
func (c *Component) OK() { c.set(StateOK, "") }

// Fail reports that it cannot, and why. The reason is shown to whoever asks:
// it must be redacted already. It is put on one line and cut off at 300
// characters.
func (c *Component) Fail(reason string) { c.set(StateFailing, oneLine(reason)) }

// Note tells something about the component that does not bear on its state,
// such as what it works with. It is shown as Fail's reason is, and stays until
// another one takes its place.
func (c *Component) Note(text string) {
	text = oneLine(text)
	c.registry.mu.Lock()
	defer c.registry.mu.Unlock()
	if c.note != text {
		c.note = text
		c.registry.announce()
	}
}

func (c *Component) set(state State, reason string) {
	c.registry.mu.Lock()
	defer c.registry.mu.Unlock()
	if c.state == state && c.reason == reason {
		return
	}
	if c.state != state {
		c.since = time.Now()
	}
	c.state, c.reason = state, reason
	c.registry.announce()
}

func oneLine(reason string) string {
	runes := []rune(strings.Join(strings.Fields(reason), " "))
	if len(runes) > maxReasonRunes {
		return string(runes[:maxReasonRunes]) + "…"
	}
	return string(runes)
}
