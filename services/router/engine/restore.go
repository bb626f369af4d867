package engine

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Restore returns an engine that goes on where the snapshot was taken. The
// set may be another one: windows, causes and waiting judgements belong to a
// rule's name and StateHash and are dropped where either has changed;
// cooldowns belong to the name alone and outlive the rule.
func Restore(set *rule.Set, settings Settings, snapshot []byte) (*Engine, error) {
	body, err := opened(snapshot)
	if err != nil {
		return nil, fmt.Errorf("restore the engine: %w", err)
	}
	e := New(set, settings)
	x := &restorer{
		decoder: decoder{rest: body}, engine: e,
		rules: map[string]*ruleState{}, kept: map[string]*ruleState{}, known: map[string]bool{},
	}
	for _, s := range e.rules {
		x.rules[s.rule.Name] = s
	}
	x.restore()
	if x.err == nil && len(x.rest) > 0 {
		x.fail()
	}
	if x.err != nil {
		return nil, fmt.Errorf("restore the engine: %w", x.err)
	}
	e.hour = hourOf(e.clock)
	e.sweep()
	return e, nil
}

// opened returns what lies between magic and checksum.
func opened(snapshot []byte) ([]byte, error) {
	if len(snapshot) < len(snapshotMagic)+checksumBytes || string(snapshot[:len(snapshotMagic)]) != snapshotMagic {
		return nil, fmt.Errorf("this is no snapshot of version %d", snapshotMagic[len(snapshotMagic)-1])
	}
	end := len(snapshot) - checksumBytes
	if sum := (&encoder{}).fixed32(checksum(snapshot[:end])); string(sum) != string(snapshot[end:]) {
		return nil, errCorrupt
	}
	return snapshot[len(snapshotMagic):end], nil
}

// restorer reads a snapshot into an engine.
type restorer struct {
	decoder
	engine *Engine
	rules  map[string]*ruleState // of the set, by name
	kept   map[string]*ruleState // whose state goes on
	known  map[string]bool       // rules of the snapshot
}

func (x *restorer) restore() {
	e := x.engine
	e.clock = x.time()
	if e.clock.After(maxTime()) {
		x.fail()
	}
	e.arrivals = x.uint()
	e.seen = x.memory(dayOf(e.clock))
	for range x.count(8) {
		x.rule()
	}
	for range x.count(3) {
		x.cooldown(x.text())
	}
	for range x.count(10) {
		x.judgement()
	}
}

// rule reads one rule's state, for nobody if the set has no such rule.
func (x *restorer) rule() {
	name, stateHash := x.text(), x.text()
	if x.known[name] {
		x.fail()
	}
	x.known[name] = true
	x.cooldown(name)
	s := x.rules[name]
	if s == nil || s.rule.StateHash != stateHash {
		s = &ruleState{}
	} else {
		x.kept[name] = s
	}
	s.windows = x.timelines()
	s.counted = x.memory(dayOf(x.engine.clock))
	clauses := x.count(1)
	if x.kept[name] == s && clauses != len(s.given) {
		x.fail()
	}
	for i := range clauses {
		causes := x.timelines()
		if i < len(s.given) {
			s.given[i].causes = causes
		}
	}
}

// cooldown reads the cooldown of that name.
func (x *restorer) cooldown(name string) {
	length := time.Duration(x.uint())
	fired := x.timelines()
	if length < 0 {
		x.fail()
		return
	}
	s := x.rules[name]
	switch {
	case s != nil && s.cooldown.length > 0:
		s.cooldown.fired = fired
	case s == nil && len(fired) > 0:
		x.engine.retired[name] = &cooldown{length: length, fired: fired}
	}
}

func (x *restorer) timelines() map[string]timeline {
	keys := map[string]timeline{}
	for range x.count(2) {
		key := stateKey(x.text()) // former versions kept long ones
		n := x.count(4)
		l := make(timeline, 0, n)
		for range n {
			l = append(l, entry{at: x.time(), id: x.text(), hour: x.int()})
		}
		if _, again := keys[key]; again || n == 0 || !slices.IsSortedFunc(l, entry.compare) {
			x.fail()
			return keys
		}
		keys[key] = l
	}
	return keys
}

// memory reads a memory that has met nothing after today.
func (x *restorer) memory(today int64) memory {
	var m memory
	for range x.count(2) {
		day := x.int()
		if day > today || len(m.days) > 0 && day <= m.days[len(m.days)-1].number {
			x.fail()
		}
		for range x.count(len(digest{})) {
			if d := x.bytes(len(digest{})); x.err == nil && !m.add(digest(d), day) {
				x.fail()
			}
		}
	}
	return m
}

// judgement reads a waiting judgement. It goes on waiting if its rule has kept
// its state and is not off.
func (x *restorer) judgement() {
	name, content := x.text(), x.text()
	var key []string
	for range x.count(1) {
		key = append(key, x.text())
	}
	number, sequence := x.uint(), x.uint()
	arrived, due := x.time(), x.time()
	ev := &eventv1.Event{}
	if err := proto.Unmarshal([]byte(content), ev); err != nil || !x.known[name] {
		x.fail()
	}
	s := x.kept[name]
	if x.err != nil || s == nil || s.rule.Mode == rule.Off {
		return
	}
	if len(key) != len(s.rule.Key) || number > x.engine.arrivals {
		x.fail()
		return
	}
	a := newArrival(ev)
	a.arrived, a.number, a.sequence = arrived, number, sequence
	j := &judgement{arrival: a, state: s, key: key, joined: stateKey(joinKey(key))}
	j.due, j.size = due, j.sizeWith(len(content))
	x.engine.waiting.add(j)
}
