package suite

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// variant is how a case is played.
type variant struct {
	name string
	// restored takes a snapshot after every step and goes on from it.
	restored bool
	// singly moves the clock from timer to timer.
	singly bool
	// again delivers each event twice.
	again bool
}

// variants are the ways in which a case is played; the first is what is
// compared with the expectations, and the others with it.
func variants() []variant {
	return []variant{
		{name: "as it stands"},
		{name: "with a snapshot and a restore after every step", restored: true},
		{name: "with each timer by itself", singly: true},
		{name: "with every event delivered twice", again: true},
	}
}

// machine plays one case: the engine, and what becomes of what it asks for.
type machine struct {
	suite     *Suite
	playing   *Case
	variant   variant
	set       *rule.Set
	engine    *engine.Engine
	now       time.Time
	sequence  uint64
	step      int
	all       []*actionv1.Action // in the order in which they were asked for
	waiting   []*actionv1.Action // for approval, in the order in which they were asked for
	leases    map[string]lease   // by source and target
	foreign   map[string]bool    // what was paused by others, by source and target
	records   []*Record
	decisions []*decisionv1.Decision
}

// play plays the case. An error says what could not be done.
func play(s *Suite, c *Case, v variant) (*machine, error) {
	m := &machine{
		suite: s, playing: c, variant: v, set: s.set, engine: engine.New(s.set, c.settings),
		leases: map[string]lease{}, foreign: map[string]bool{},
	}
	for i, st := range c.steps {
		m.step = i
		if err := m.do(st); err != nil {
			return m, fmt.Errorf("line %d: %w", st.line, err)
		}
		if v.restored {
			if err := m.restore(); err != nil {
				return m, fmt.Errorf("line %d: %w", st.line, err)
			}
		}
	}
	return m, nil
}

// do does one step.
func (m *machine) do(st *step) error {
	if st.kind != stepEvent {
		m.advance(st.at)
	}
	switch st.kind {
	case stepEvent:
		m.event(st)
	case stepApprove, stepReject:
		return m.decide(st)
	case stepOverride:
		return m.override(st)
	case stepEnded:
		return m.ended(st)
	case stepInventory:
		m.inventory(st)
	case stepReload:
		m.reload(st)
	case stepRestart:
		return m.restore()
	case stepNow:
	}
	return nil
}

func (m *machine) event(st *step) {
	in := st.event
	m.expire(in.Time)
	if m.variant.singly {
		m.timers(in.Time)
	}
	m.sequence++
	in.Sequence = m.sequence
	m.take(m.engine.Event(in))
	m.now = in.Time
	if m.variant.again {
		m.take(m.engine.Event(in))
	}
}

// advance lets time pass.
func (m *machine) advance(to time.Time) {
	if to.Before(m.now) {
		return
	}
	m.expire(to)
	if m.variant.singly {
		m.timers(to)
	}
	m.take(m.engine.Advance(to))
	m.now = to
}

// timers moves the clock from one timer to the next, up to a time.
func (m *machine) timers(to time.Time) {
	for {
		due, ok := m.engine.Next()
		if !ok || due.After(to) {
			return
		}
		m.take(m.engine.Advance(due))
	}
}

// restore goes on from a snapshot, on an engine that knows nothing else.
func (m *machine) restore() error {
	snapshot, err := m.engine.Snapshot()
	if err != nil {
		return fmt.Errorf("take a snapshot: %w", err)
	}
	restored, err := engine.Restore(m.set, m.playing.settings, snapshot)
	if err != nil {
		return fmt.Errorf("restore the snapshot: %w", err)
	}
	again, err := restored.Snapshot()
	if err != nil {
		return fmt.Errorf("take a snapshot of the restored engine: %w", err)
	}
	if !bytes.Equal(snapshot, again) {
		return fmt.Errorf("%w: a restored engine has another snapshot than the one it was restored from", errUnsteady)
	}
	m.engine = restored
	return nil
}

// take notes what the engine gave.
func (m *machine) take(out []engine.Output) {
	for _, o := range out {
		if o.Lease != nil {
			m.leaseEnded(o.Lease)
			continue
		}
		m.decisions = append(m.decisions, o.Decision)
		m.add(decisionRecord(o.Decision, o.Actions, len(m.set.Rules()) > 1))
		for _, a := range o.Actions {
			m.asked(a)
		}
	}
}

func (m *machine) add(r *Record) {
	r.step = m.step
	m.records = append(m.records, r)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
