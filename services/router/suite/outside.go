package suite

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// fits reports whether the reference names the action.
func (r reference) fits(a *actionv1.Action) bool {
	return (r.event == "" || r.event == a.GetEventId() || r.event == a.GetId()) &&
		(r.rule == "" || r.rule == a.GetRule()) && (r.kind == "" || r.kind == a.GetType()) &&
		(r.target == "" || r.target == a.GetTarget()) && (r.source == "" || r.source == a.GetSource())
}

// awaiting returns the actions that wait for approval and that the reference
// names, in the order in which they were asked for.
func (m *machine) awaiting(r reference) []*actionv1.Action {
	var out []*actionv1.Action
	for _, a := range m.waiting {
		if r.fits(a) {
			out = append(out, a)
		}
	}
	return out
}

// override is somebody who resumes by hand what a lease keeps paused.
func (m *machine) override(st *step) error {
	found := 0
	for _, key := range sortedKeys(m.leases) {
		l := m.leases[key]
		if l.target != st.subject.target || st.subject.source != "" && l.source != st.subject.source {
			continue
		}
		found++
		m.drop(key)
		m.add(leaseRecord(l, leaseOverridden, m.now))
		m.input(&routerv1.Input{Content: &routerv1.Input_LeaseEnded{LeaseEnded: &routerv1.LeaseEnded{
			Source: l.source, Target: l.target, State: actionv1.LeaseState_LEASE_STATE_OVERRIDDEN,
		}}})
	}
	if found == 0 {
		return fmt.Errorf("%s: no lease is on it then", st.name)
	}
	return nil
}

// leaseEnded notes a lease that the engine ended.
func (m *machine) leaseEnded(l *actionv1.Lease) {
	ended := lease{source: l.GetSource(), target: l.GetTarget(), until: l.GetUntil().AsTime()}
	for _, h := range l.GetHolders() {
		if h.GetUntil().AsTime().Equal(ended.until) {
			ended.rule = h.GetRule()
		}
	}
	at := ended.until
	if l.GetEndedAt() != nil {
		at = l.GetEndedAt().AsTime()
	}
	m.drop(l.GetSource() + " " + l.GetTarget())
	r := leaseRecord(ended, leaseResumed, at)
	r.wire = wireOf(l)
	m.add(r)
}

// ended is what the story says became of an action.
func (m *machine) ended(st *step) error {
	found := 0
	for _, a := range m.all {
		if !st.subject.fits(a) {
			continue
		}
		found++
		a = proto.CloneOf(a)
		a.State = actionv1.State(actionv1.State_value["STATE_"+st.subject.state])
		if a.GetState() != actionv1.State_STATE_DONE {
			delete(m.leases, a.GetSource()+" "+a.GetTarget())
		}
		m.add(actionRecord(a, time.Time{}, strings.ToLower(st.subject.state), ""))
		m.input(endedInput(a, a.GetState()))
	}
	if found == 0 {
		return fmt.Errorf("%s: no action of it was asked for by then", st.name)
	}
	return nil
}

// inventory tells the engine of the alerts that there are.
func (m *machine) inventory(st *step) {
	for _, i := range st.stock {
		maps.DeleteFunc(m.foreign, func(key string, _ bool) bool { return strings.HasPrefix(key, i.GetSource()+" ") })
		for _, a := range i.GetAlerts() {
			m.foreign[i.GetSource()+" alert:"+a.GetId()] = a.GetPaused()
		}
		m.input(&routerv1.Input{Content: &routerv1.Input_Inventory{Inventory: i}})
	}
}

// reload has other rules decide from here on.
func (m *machine) reload(st *step) {
	m.set = m.suite.sets[st.reload]
	m.take(m.engine.Switch(m.set))
}
