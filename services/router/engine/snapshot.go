package engine

import (
	"fmt"
	"hash/crc32"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// Snapshots begin with this text, whose last byte is the version of what
// follows, and end with a checksum over everything before it.
const (
	snapshotMagic = "sbengine\x02"
	checksumBytes = 4
)

// Snapshot returns the whole state of the engine. Equal states give equal
// bytes.
func (e *Engine) Snapshot() ([]byte, error) {
	e.asked.sweep(e.clock)
	e.budget.sweep(e.clock)
	w := &encoder{buf: []byte(snapshotMagic)}
	w.time(e.clock)
	w.uint(e.arrivals)
	w.memory(e.seen)
	w.uint(uint64(len(e.rules)))
	for _, s := range e.rules {
		w.rule(s)
	}
	w.uint(uint64(len(e.retired)))
	for _, name := range slices.Sorted(maps.Keys(e.retired)) {
		w.text(name)
		w.firings(e.retired[name])
	}
	w.pending(e)
	w.backlog(&e.backlog)
	w.leases(&e.leases)
	w.asked(&e.asked)
	w.budget(&e.budget)
	if w.err != nil {
		return nil, fmt.Errorf("snapshot the engine: %w", w.err)
	}
	return w.sealed(), nil
}

func (w *encoder) rule(s *ruleState) {
	w.text(s.name)
	w.text(s.hash)
	w.firings(s.firings)
	w.timelines(&s.windows)
	w.memory(s.counted)
	w.uint(uint64(len(s.given)))
	for _, c := range s.given {
		w.timelines(&c.causes)
	}
	w.flaps(&s.flaps)
	w.timelines(&s.ends)
}

func (w *encoder) firings(f *firings) {
	for i := range f {
		w.uint(uint64(f[i].length))
		w.timelines(&f[i].timelines)
	}
}

func (w *encoder) flaps(f *flaps) {
	w.memory(f.opened)
	w.memory(f.closed)
	w.timelines(&f.closings)
	w.uint(uint64(len(f.runs)))
	for _, key := range slices.Sorted(maps.Keys(f.runs)) {
		w.text(key)
		w.uint(uint64(len(f.runs[key])))
		for _, r := range f.runs[key] {
			w.time(r.first)
			w.time(r.last)
			w.time(r.flaps)
			w.int(r.hour)
		}
	}
}

func (w *encoder) timelines(t *timelines) {
	w.uint(uint64(len(t.keys)))
	for _, key := range slices.Sorted(maps.Keys(t.keys)) {
		w.text(key)
		w.uint(uint64(len(t.keys[key])))
		for _, x := range t.keys[key] {
			w.time(x.at)
			w.text(x.id)
			w.int(x.hour)
			w.text(x.tag)
		}
	}
}

func (w *encoder) memory(m memory) {
	w.uint(uint64(len(m.days)))
	for _, day := range m.days {
		w.int(day.number)
		w.uint(uint64(len(day.met)))
		for _, d := range day.met {
			w.buf = append(w.buf, d[:]...)
		}
	}
}

// pending writes the judgements that wait and those that stand, by when they are
// due.
func (w *encoder) pending(e *Engine) {
	list := slices.Concat(e.agenda.timers, e.standing.timers)
	list = slices.DeleteFunc(list, func(t *timer) bool { return t.judgement == nil })
	slices.SortFunc(list, (*timer).compare)
	w.uint(uint64(len(list)))
	for _, t := range list {
		w.judgement(t.judgement)
	}
}

func (w *encoder) judgement(j *judgement) {
	w.text(j.state.name)
	w.arrival(j.arrival)
	w.texts(j.key)
	w.bool(!j.stamp.IsZero())
	if j.stamp.IsZero() {
		w.time(j.due)
		return
	}
	w.time(j.stamp)
	w.int(j.hour)
	w.texts(j.causes)
	w.text(j.detail)
}

func (w *encoder) arrival(a *arrival) {
	w.message(a.event)
	w.uint(a.number)
	w.uint(a.sequence)
	w.time(a.arrived)
}

func (w *encoder) message(m proto.Message) {
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		w.err = err
	}
	w.text(string(content))
}

func (w *encoder) backlog(b *backlog) {
	w.uint(b.released)
	held := b.held()
	w.uint(uint64(len(held)))
	for _, a := range held {
		w.arrival(a)
	}
}

func (w *encoder) leases(b *leases) {
	w.uint(uint64(len(b.active)))
	for _, key := range slices.Sorted(maps.Keys(b.active)) {
		w.lease(b.active[key])
	}
	w.uint(uint64(len(b.past)))
	for _, key := range slices.Sorted(maps.Keys(b.past)) {
		w.text(key)
		w.uint(uint64(len(b.past[key])))
		for _, s := range b.past[key] {
			w.time(s.from)
			w.time(s.to)
			w.int(s.hour)
		}
	}
}

func (w *encoder) lease(l *lease) {
	w.text(l.id)
	w.text(l.source)
	w.text(l.target)
	w.time(l.taken)
	w.uint(uint64(len(l.holders)))
	for _, h := range l.holders {
		w.text(h.rule)
		w.text(h.action)
		w.time(h.until)
	}
}

func (w *encoder) asked(b *askedBook) {
	w.uint(b.number)
	w.uint(uint64(len(b.byID)))
	for _, id := range slices.Sorted(maps.Keys(b.byID)) {
		x := b.byID[id]
		w.text(id)
		w.text(x.rule)
		w.text(x.source)
		w.text(x.target)
		w.bool(x.doesPause)
		w.bool(x.doesEnd)
		w.bool(x.spends)
		w.time(x.taken)
		w.uint(uint64(x.length))
		w.time(x.until)
		w.uint(x.number)
	}
}

func (w *encoder) budget(b *budget) {
	w.uint(uint64(len(b.sources)))
	for _, source := range slices.Sorted(maps.Keys(b.sources)) {
		known := &routerv1.Inventory{Source: source}
		for _, id := range slices.Sorted(maps.Keys(b.sources[source].alerts)) {
			known.Alerts = append(known.Alerts, b.sources[source].alerts[id])
		}
		w.message(known)
	}
	w.uint(uint64(len(b.asked)))
	for _, source := range slices.Sorted(maps.Keys(b.asked)) {
		w.text(source)
		w.uint(uint64(len(b.asked[source])))
		for _, at := range b.asked[source] {
			w.time(at)
		}
	}
}

func (w *encoder) sealed() []byte {
	return w.fixed32(checksum(w.buf))
}

func checksum(data []byte) uint32 {
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
}
