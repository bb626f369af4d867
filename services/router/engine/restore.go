package engine

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/state"
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
	e.hour = hourOf(e.clock)
	e.arrivals = x.uint()
	e.seen = e.newMemory()
	x.state(e.seen)
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
	x.stop()
	if x.err == nil {
		e.recountAll()
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
	e := x.engine
	s := &ruleState{
		name: x.text(), hash: x.text(), firings: x.firings(), windows: e.newTable(), counted: e.newMemory(),
		flaps: e.newFlaps(), holds: map[state.Key]*judgement{}, ends: e.newTable(),
	}
	x.state(s.windows)
	x.state(s.counted)
	for i := range x.count(1) {
		c := &clause{state: s, index: i, causes: e.newTable()}
		x.state(c.causes)
		s.given = append(s.given, c)
	}
	x.flaps(&s.flaps)
	x.state(s.ends)
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
	f := x.engine.newFirings()
	for i := range f {
		f[i].length = x.length()
		x.state(f[i].Table)
	}
	return f
}

func (x *restorer) flaps(f *flaps) {
	x.state(f.opened)
	x.state(f.closed)
	x.state(f.closings)
	for range x.count(state.KeyBytes + 8) {
		key := x.key()
		runs := x.runs()
		if f.runs[key] != nil || runs == nil {
			x.fail()
			return
		}
		f.runs[key] = runs
	}
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

// fillable is a table or a memory, which fills itself from a snapshot.
type fillable interface {
	Restore(data []byte) (rest []byte, err error)
}

// state fills what an engine or one of its rules remembers, and which is empty.
func (x *restorer) state(empty fillable) {
	rest, err := empty.Restore(x.rest)
	if err != nil && x.err == nil {
		x.err = fmt.Errorf("%w: %w", errCorrupt, err)
	}
	x.rest = rest
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
	for range x.count(2) {
		x.unresumed(x.text(), x.texts())
	}
}

func (x *restorer) unresumed(source string, targets []string) {
	b := &x.engine.budget
	if len(targets) == 0 || b.unresumed[source] != nil {
		x.fail()
		return
	}
	b.unresumed[source] = map[string]bool{}
	for _, target := range targets {
		b.unresumed[source][target] = true
	}
}
