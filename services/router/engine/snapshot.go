package engine

import (
	"fmt"
	"hash/crc32"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"
)

// Snapshots begin with this text, whose last byte is the version of what
// follows, and end with a checksum over everything before it.
const (
	snapshotMagic = "sbengine\x01"
	checksumBytes = 4
)

// Snapshot returns the whole state of the engine. Equal states give equal
// bytes.
func (e *Engine) Snapshot() ([]byte, error) {
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
		w.cooldown(e.retired[name])
	}
	w.uint(uint64(len(e.waiting.queue)))
	for _, j := range e.waiting.queue {
		if err := w.judgement(j); err != nil {
			return nil, err
		}
	}
	return w.sealed(), nil
}

func (w *encoder) rule(s *ruleState) {
	w.text(s.rule.Name)
	w.text(s.rule.StateHash)
	w.cooldown(s.cooldown)
	w.timelines(s.windows)
	w.memory(s.counted)
	w.uint(uint64(len(s.given)))
	for _, c := range s.given {
		w.timelines(c.causes)
	}
}

func (w *encoder) cooldown(c *cooldown) {
	w.uint(uint64(c.length))
	w.timelines(c.fired)
}

func (w *encoder) timelines(keys map[string]timeline) {
	w.uint(uint64(len(keys)))
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		w.text(key)
		w.uint(uint64(len(keys[key])))
		for _, x := range keys[key] {
			w.time(x.at)
			w.text(x.id)
			w.int(x.hour)
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

func (w *encoder) judgement(j *judgement) error {
	ev, err := proto.MarshalOptions{Deterministic: true}.Marshal(j.event)
	if err != nil {
		return fmt.Errorf("snapshot the judgement of event %s by rule %s: %w", j.event.GetId(), j.state.rule.Name, err)
	}
	w.text(j.state.rule.Name)
	w.text(string(ev))
	w.uint(uint64(len(j.key)))
	for _, part := range j.key {
		w.text(part)
	}
	w.uint(j.number)
	w.uint(j.sequence)
	w.time(j.arrived)
	w.time(j.due)
	return nil
}

func (w *encoder) sealed() []byte {
	return w.fixed32(checksum(w.buf))
}

func checksum(data []byte) uint32 {
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
}
