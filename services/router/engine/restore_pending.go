package engine

import (
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/state"
)

// pending reads the judgements that wait and those that stand. They go on if
// their rule has kept its state and is not off.
func (x *restorer) pending() {
	for range x.count(10) {
		x.judgement()
	}
}

func (x *restorer) judgement() {
	name := x.text()
	j := &judgement{state: x.former[name]}
	j.arrival = x.arrival()
	j.key = x.texts()
	if x.bool() {
		j.stamp, j.hour = x.time(), x.int()
		j.causes, j.detail, j.isSettled = x.texts(), x.text(), true
	} else {
		j.due = x.time()
	}
	if j.state == nil {
		x.fail()
	}
	if x.err != nil || j.state.rule == nil || j.state.rule.Mode == rule.Off {
		return
	}
	j.joined = state.KeyOf(j.key...)
	j.size = j.sizeWith(j.bytes)
	if len(j.key) != len(j.state.rule.Key) || j.state.holds[j.joined] != nil && !j.stamp.IsZero() ||
		!j.stamp.IsZero() && j.state.rule.Hold == nil {
		x.fail()
		return
	}
	x.engine.read(j.arrival)
	if j.stamp.IsZero() {
		x.engine.wait(j)
	} else {
		x.engine.stand(j)
	}
}

// arrival reads an event at its place in the stream; its size is what it took to
// write it.
func (x *restorer) arrival() *arrival {
	ev := &eventv1.Event{}
	size := x.message(ev)
	a := &arrival{event: ev, at: ev.GetOccurredAt().AsTime(), bytes: size}
	a.number, a.sequence, a.arrived = x.uint(), x.uint(), x.time()
	if a.number > x.engine.arrivals {
		x.fail()
	}
	return a
}

func (x *restorer) backlog() {
	b := &x.engine.backlog
	b.released = x.uint()
	for range x.count(5) {
		a := x.arrival()
		if last := len(b.byArrival); x.err != nil || a.arrived.After(x.engine.clock) ||
			last > 0 && b.byArrival[last-1].arrived.After(a.arrived) {
			x.fail()
			return
		}
		b.add(a)
	}
}

func (x *restorer) leases() {
	e := x.engine
	for range x.count(7) {
		l := x.lease()
		if x.err != nil || e.leases.active[l.key] != nil {
			x.fail()
			return
		}
		e.leases.active[l.key] = l
		l.timer = &timer{due: l.holders[0].until, turn: turnLease, lease: l}
		e.agenda.add(l.timer)
		e.leaseUntil(l)
	}
	for range x.count(2) {
		key := x.text()
		for range x.count(5) {
			e.leases.past[key] = append(e.leases.past[key], span{from: x.time(), to: x.time(), hour: x.int()})
		}
	}
}

func (x *restorer) lease() *lease {
	l := &lease{id: x.text(), source: x.text(), target: x.text(), taken: x.clock()}
	l.key = leaseKey(l.source, l.target)
	for range x.count(4) {
		l.holders = append(l.holders, holder{rule: x.text(), action: x.text(), until: x.clock()})
	}
	if len(l.holders) == 0 {
		x.fail()
	}
	l.isResumed = x.bool()
	return l
}

func (x *restorer) asked() {
	b := &x.engine.asked
	b.number = x.uint()
	for range x.count(12) {
		id := x.text()
		a := &asked{rule: x.text(), source: x.text(), target: x.text()}
		a.doesPause, a.doesEnd, a.spends = x.bool(), x.bool(), x.bool()
		a.taken = x.time()
		a.length, a.until, a.number = x.length(), x.time(), x.uint()
		if x.bool() {
			a.kind, a.about = x.text(), &decisionv1.Decision{}
			x.message(a.about)
		}
		if b.byID[id] != nil || a.number > b.number {
			x.fail()
			return
		}
		b.byID[id] = a
	}
}
