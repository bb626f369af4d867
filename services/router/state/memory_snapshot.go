package state

import (
	"encoding/binary"
	"fmt"
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
	for range r.count(2 + KeyBytes) {
		m.restoreDay(r)
	}
	if r.err != nil {
		return nil, fmt.Errorf("restore a memory: %w", r.err)
	}
	return r.rest, nil
}

func (m *Memory) restoreDay(r *reader) {
	day, n := r.int(), r.count(KeyBytes)
	if day > int64(m.today()) || n == 0 || len(m.days) > 0 && day <= int64(m.days[len(m.days)-1].day) {
		r.fail("day %d of a memory is out of order or empty", day)
	}
	for range n {
		if k := r.key(); r.err == nil && day >= int64(m.cut) && !m.add(k, int32(day)) {
			r.fail("day %d of a memory names a thing that is known", day)
		}
	}
}
