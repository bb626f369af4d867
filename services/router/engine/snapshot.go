package engine

import (
	"fmt"
	"hash/crc32"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/state"
)

// Snapshots begin with this text, whose last byte is the version of what
// follows, and end with a checksum over everything before it.
const (
	snapshotMagic = "sbengine\x03"
	checksumBytes = 4
)

// Snapshot returns the whole state of the engine. Equal states give equal
// bytes.
func (e *Engine) Snapshot() ([]byte, error) {
	e.asked.sweep(e.clock)
	e.budget.sweep(e.clock)
	w := &encoder{buf: append(make([]byte, 0, e.snapshotBytes+e.snapshotBytes/8), snapshotMagic...)}
	w.time(e.clock)
	w.uint(e.arrivals)
	w.state(e.seen)
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
	w.stop(e.stop)
	if w.err != nil {
		return nil, fmt.Errorf("snapshot the engine: %w", w.err)
	}
	e.snapshotBytes = len(w.buf) + checksumBytes
	return w.sealed(), nil
}

func (w *encoder) rule(s *ruleState) {
	w.text(s.name)
	w.text(s.hash)
	w.firings(s.firings)
	w.state(s.windows)
	w.state(s.counted)
	w.uint(uint64(len(s.given)))
	for _, c := range s.given {
		w.state(c.causes)
	}
	w.flaps(&s.flaps)
	w.state(s.ends)
}

func (w *encoder) firings(f *firings) {
	for i := range f {
		w.uint(uint64(f[i].length))
		w.state(f[i].Table)
	}
}

func (w *encoder) flaps(f *flaps) {
	w.state(f.opened)
	w.state(f.closed)
	w.state(f.closings)
	w.uint(uint64(len(f.runs)))
	for _, key := range slices.SortedFunc(maps.Keys(f.runs), state.Key.Compare) {
		w.key(key)
		w.uint(uint64(len(f.runs[key])))
		for _, r := range f.runs[key] {
			w.time(r.first)
			w.time(r.last)
			w.time(r.flaps)
			w.int(r.hour)
		}
	}
}

// appender is what appends itself to a snapshot.
type appender interface{ Append(buf []byte) []byte }

func (w *encoder) state(x appender) { w.buf = x.Append(w.buf) }

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
	for _, l := range slices.SortedFunc(maps.Values(b.active), (*lease).compareKey) {
		w.lease(l)
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
	w.bool(l.isResumed)
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
		w.bool(x.about != nil)
		if x.about != nil {
			w.text(x.kind)
			w.message(x.about)
		}
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
	w.uint(uint64(len(b.unresumed)))
	for _, source := range slices.Sorted(maps.Keys(b.unresumed)) {
		w.text(source)
		w.texts(slices.Sorted(maps.Keys(b.unresumed[source])))
	}
}

func (w *encoder) sealed() []byte {
	return w.fixed32(checksum(w.buf))
}

func checksum(data []byte) uint32 {
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
}
