package engine

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Restore returns an engine that goes on where the snapshot was taken. The
// set may be another one, which is as if it had been switched to then. A
// snapshot of another format than this is refused: the stream has what it
// tells.
func Restore(set *rule.Set, settings Settings, snapshot []byte) (*Engine, error) {
	body, err := opened(snapshot)
	if err != nil {
		return nil, fmt.Errorf("restore the engine: %w", err)
	}
	e := New(set, settings)
	x := &restorer{decoder: decoder{rest: body}, engine: e, former: map[string]*ruleState{}}
	x.restore(set)
	if x.err == nil && len(x.rest) > 0 {
		x.fail()
	}
	if x.err != nil {
		return nil, fmt.Errorf("restore the engine: %w", x.err)
	}
	e.hour = hourOf(e.clock)
	e.sweep()
	e.stats.Events = uint64(e.backlog.number)
	return e, nil
}

// opened returns what lies between magic and checksum.
func opened(snapshot []byte) ([]byte, error) {
	name, version := snapshotMagic[:len(snapshotMagic)-1], snapshotMagic[len(snapshotMagic)-1]
	if len(snapshot) < len(snapshotMagic)+checksumBytes || string(snapshot[:len(name)]) != name {
		return nil, fmt.Errorf("this is no snapshot of version %d", version)
	}
	if got := snapshot[len(name)]; got != version {
		return nil, fmt.Errorf("this is a snapshot of version %d, and no snapshot of version %d", got, version)
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
	former map[string]*ruleState // by name
}

func (x *restorer) restore(set *rule.Set) {
	e := x.engine
	e.clock = x.clock()
	e.arrivals = x.uint()
	e.seen = x.memory()
	former := map[string]*ruleState{} // those that are taken are deleted from it
	for range x.count(8) {
		s := x.rule(set)
		if x.former[s.name] != nil {
			x.fail()
		}
		x.former[s.name], former[s.name] = s, s
	}
	for range x.count(9) {
		name := x.text()
		f := x.firings()
		if x.former[name] != nil || e.retired[name] != nil {
			x.fail()
		}
		e.retired[name] = f
	}
	if x.err != nil {
		return
	}
	x.pending()
	x.backlog()
	x.leases()
	x.asked()
	x.budget()
	if x.err == nil {
		e.install(set, former)
	}
}

// clock reads a time that the clock can show.
func (x *restorer) clock() time.Time {
	t := x.time()
	if t.After(maxTime()) {
		x.fail()
	}
	return t
}

// rule reads one rule's state. Where the set has its rule as it was, what the
// clauses have met is theirs.
func (x *restorer) rule(set *rule.Set) *ruleState {
	s := &ruleState{name: x.text(), hash: x.text(), holds: map[string]*judgement{}}
	s.firings = x.firings()
	s.windows = x.timelines()
	s.counted = x.memory()
	for i := range x.count(1) {
		s.given = append(s.given, &clause{state: s, index: i, causes: x.timelines()})
	}
	s.flaps = x.flaps()
	s.ends = x.timelines()
	r := set.Rule(s.name)
	if r != nil && r.StateHash == s.hash {
		s.rule = r
		if len(r.Given) != len(s.given) {
			x.fail()
		}
	}
	return s
}

func (x *restorer) firings() *firings {
	f := &firings{}
	for i := range f {
		f[i].length = x.length()
		f[i].timelines = x.timelines()
	}
	return f
}

func (x *restorer) flaps() flaps {
	f := flaps{opened: x.memory(), closed: x.memory(), closings: x.timelines()}
	for _, l := range f.closings.keys {
		for _, entry := range l {
			if len(entry.tag) != len(digest{}) {
				x.fail()
			}
		}
	}
	for range x.count(9) {
		key := x.text()
		runs := x.runs()
		if f.runs == nil {
			f.runs = map[string][]run{}
		}
		if f.runs[key] != nil || runs == nil {
			x.fail()
			return f
		}
		f.runs[key] = runs
	}
	return f
}

// runs reads the runs of a key, nil if they make no sense.
func (x *restorer) runs() []run {
	var runs []run
	for range x.count(7) {
		r := run{first: x.time(), last: x.time(), flaps: x.time(), hour: x.int()}
		if r.last.Before(r.first) || len(runs) > 0 && !r.first.After(runs[len(runs)-1].last) {
			return nil
		}
		runs = append(runs, r)
	}
	return runs
}

func (x *restorer) timelines() timelines {
	var t timelines
	for range x.count(2) {
		key := x.text()
		if _, again := t.keys[key]; again {
			x.fail()
		}
		n := x.count(5)
		if n == 0 {
			x.fail()
			return t
		}
		var last entry
		for i := range n {
			next := entry{at: x.time(), id: x.text(), hour: x.int(), tag: x.text()}
			if i > 0 && last.compare(next) > 0 || x.err != nil {
				x.fail()
				return t
			}
			t.insert(key, next)
			last = next
		}
	}
	return t
}

// memory reads a memory that has met nothing after today.
func (x *restorer) memory() memory {
	var m memory
	today := dayOf(x.engine.clock)
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

// message reads a message and how long it is.
func (x *restorer) message(m proto.Message) (size int) {
	content := x.text()
	if err := proto.Unmarshal([]byte(content), m); err != nil {
		x.fail()
	}
	return len(content)
}

func (x *restorer) budget() {
	b := &x.engine.budget
	for range x.count(1) {
		known := &routerv1.Inventory{}
		x.message(known)
		if b.sources[known.GetSource()] != nil {
			x.fail()
			return
		}
		b.know(known)
	}
	for range x.count(2) {
		source := x.text()
		var last time.Time
		for range x.count(2) {
			at := x.time()
			if at.Before(last) {
				x.fail()
			}
			last = at
			b.asked[source] = append(b.asked[source], at)
		}
	}
}
