package state

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Append appends what the memory knows: the number of days, and of each the day,
// how much was met on it, and that in the order of keys. Equal memories give equal
// bytes.
func (m *Memory) Append(buf []byte) []byte {
	buf = slices.Grow(buf, m.Len()*KeyBytes+len(m.days)*2*binary.MaxVarintLen64+binary.MaxVarintLen64)
	buf = binary.AppendUvarint(buf, uint64(len(m.days)))
	places := make([]int, 0, len(m.days)) // where the next key of a day goes
	for _, d := range m.days {
		buf = binary.AppendUvarint(binary.AppendVarint(buf, int64(d.day)), uint64(d.keys))
		places = append(places, len(buf))
		buf = buf[:len(buf)+d.keys*KeyBytes]
	}
	m.fill(buf, places)
	return buf
}

// fill writes the keys to the places of their days.
func (m *Memory) fill(buf []byte, places []int) {
	if len(m.days) == 0 {
		return
	}
	index := m.index()
	for _, l := range m.tree.leaves {
		for i := range l.places {
			p := &l.places[i]
			if p.key == (Key{}) || p.value < m.cut {
				continue
			}
			next := &places[index[p.value-m.days[0].day]]
			p.key.Append(buf[*next:*next])
			*next += KeyBytes
		}
	}
}

// index returns the place in days of each day since the first.
func (m *Memory) index() []int {
	first := m.days[0].day
	index := make([]int, m.days[len(m.days)-1].day-first+1)
	for i, d := range m.days {
		index[d.day-first] = i
	}
	return index
}

// Restore fills an empty memory, whose clock is set, with what Append
// wrote and returns what follows. With an error, which wraps ErrCorrupt, the
// memory holds a part and must not be used.
func (m *Memory) Restore(data []byte) (rest []byte, err error) {
	r := &reader{rest: data}
	var met []place[int32]
	for range r.count(2 + KeyBytes) {
		met = m.restoreDay(r, met)
	}
	m.plant(r, met)
	if r.err != nil {
		return nil, fmt.Errorf("restore a memory: %w", r.err)
	}
	return r.rest, nil
}

// restoreDay appends what was met on the next day, if that is known yet.
func (m *Memory) restoreDay(r *reader, met []place[int32]) []place[int32] {
	day, n := r.int(), r.count(KeyBytes)
	if day > int64(m.today()) || n == 0 || len(m.days) > 0 && day <= int64(m.days[len(m.days)-1].day) {
		r.fail("day %d of a memory is out of order or empty", day)
	}
	keys := r.bytes(n * KeyBytes)
	if r.err != nil || day < int64(m.cut) {
		return met
	}
	m.days = append(m.days, dayCount{day: int32(day), keys: n})
	met = slices.Grow(met, n)
	for ; len(keys) > 0; keys = keys[KeyBytes:] {
		met = append(met, place[int32]{key: KeyFrom(keys), value: int32(day)})
	}
	return met
}

// plant makes leaves of what was met, each once: put in one by one and in order,
// keys would crowd at one end of a leaf.
func (m *Memory) plant(r *reader, met []place[int32]) {
	slices.SortFunc(met, func(a, b place[int32]) int { return a.key.Compare(b.key) })
	last := Key{}
	for i := range met {
		if !last.less(met[i].key) {
			r.fail("a memory names a thing twice")
			return
		}
		last = met[i].key
	}
	lo := uint64(0)
	for len(met) > 0 {
		n, hi := min(fullLeaf, len(met)), uint64(math.MaxUint64)
		if n < len(met) {
			hi = met[n].key.hi
		}
		m.tree.push(met[0].key, gatheredMemory(lo, hi, met[:n]))
		met, lo = met[n:], hi
	}
}
