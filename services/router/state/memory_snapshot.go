package state

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Append appends what the memory knows, day by day: the number of days, and of
// each what AppendDay writes. Equal memories give equal bytes.
func (m *Memory) Append(buf []byte) []byte {
	buf = slices.Grow(buf, m.Len()*keyBytes+len(m.days)*2*binary.MaxVarintLen64+binary.MaxVarintLen64)
	buf = binary.AppendUvarint(buf, uint64(len(m.days)))
	places := make([]int, 0, len(m.days)) // where the next key of a day goes
	for _, d := range m.days {
		buf = appendDayHead(buf, d)
		places = append(places, len(buf))
		buf = buf[:len(buf)+d.keys*keyBytes]
	}
	m.fill(buf, places)
	return buf
}

// fill writes the keys to the places of their days: those of past days in
// order, those of the last one as they were met.
func (m *Memory) fill(buf []byte, places []int) {
	if len(m.days) == 0 {
		return
	}
	last := len(m.days) - 1
	index := m.index()
	for _, l := range m.tree.leaves {
		for i := range l.places {
			p := &l.places[i]
			if p.key == (Key{}) || p.value < m.cut || p.value == m.days[last].day {
				continue
			}
			next := &places[index[p.value-m.days[0].day]]
			p.key.append(buf[*next:*next])
			*next += keyBytes
		}
	}
	at := places[last]
	for _, k := range m.latest {
		k.append(buf[at:at])
		at += keyBytes
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

// Days returns the days, counted from 1970, on which something was met that is
// known, ascending.
func (m *Memory) Days() []int64 {
	days := make([]int64, len(m.days))
	for i, d := range m.days {
		days[i] = int64(d.day)
	}
	return days
}

// AppendDay appends what was met on one of the days, nothing for another day.
// Of each but the last it appends the same until the day is forgotten or Rebase
// is called.
func (m *Memory) AppendDay(buf []byte, day int64) []byte {
	at := slices.IndexFunc(m.days, func(d dayCount) bool { return int64(d.day) == day })
	if at < 0 {
		return buf
	}
	buf = slices.Grow(buf, m.days[at].keys*keyBytes+2*binary.MaxVarintLen64)
	buf = appendDayHead(buf, m.days[at])
	if at == len(m.days)-1 {
		for _, k := range m.latest {
			buf = k.append(buf)
		}
		return buf
	}
	for _, l := range m.tree.leaves {
		for i := range l.places {
			if p := &l.places[i]; p.key != (Key{}) && int64(p.value) == day {
				buf = p.key.append(buf)
			}
		}
	}
	return buf
}

func appendDayHead(buf []byte, d dayCount) []byte {
	return binary.AppendUvarint(binary.AppendVarint(buf, int64(d.day)), uint64(d.keys))
}

// Restore fills an empty memory, whose clock is set, with what Append
// wrote and returns what follows. With an error, which wraps ErrCorrupt, the
// memory holds a part and must not be used.
func (m *Memory) Restore(data []byte) (rest []byte, err error) {
	r := &reader{rest: data}
	for range r.count(2 + keyBytes) {
		m.restoreDay(r)
	}
	if r.err != nil {
		return nil, fmt.Errorf("restore a memory: %w", r.err)
	}
	return r.rest, nil
}

// RestoreDay adds what AppendDay wrote and returns what follows; later days
// come later. Errors are as those of Restore.
func (m *Memory) RestoreDay(data []byte) (rest []byte, err error) {
	r := &reader{rest: data}
	m.restoreDay(r)
	if r.err != nil {
		return nil, fmt.Errorf("restore a day of a memory: %w", r.err)
	}
	return r.rest, nil
}

func (m *Memory) restoreDay(r *reader) {
	day, n := r.int(), r.count(keyBytes)
	if day > int64(m.today()) || n == 0 || len(m.days) > 0 && day <= int64(m.days[len(m.days)-1].day) {
		r.fail("day %d of a memory is out of order or empty", day)
	}
	for range n {
		if k := r.key(); r.err == nil && day >= int64(m.cut) && !m.add(k, int32(day)) {
			r.fail("day %d of a memory names a thing that is known", day)
		}
	}
}
