package engine

import (
	"crypto/sha256"
	"strings"
)

// memoryDays is how long a memory keeps what it has met, in days of the
// engine's clock; the day on which it met it counts besides.
const memoryDays = 90

// digest stands for a text in a memory.
type digest [16]byte

// hash returns the digest of the parts. Those before the last are of a kind
// that holds no zero byte or says how long it is.
func hash(parts ...string) digest {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return digest(sum[:len(digest{})])
}

// memory knows what it has met in the last memoryDays.
type memory struct {
	index map[digest]struct{}
	days  []memoryDay // ascending
}

// memoryDay is what was met on one day, in order.
type memoryDay struct {
	number int64
	met    []digest
}

// add meets a digest on a day, which is never before the last one; false if it
// is known.
func (m *memory) add(d digest, day int64) bool {
	if _, known := m.index[d]; known {
		return false
	}
	if m.index == nil {
		m.index = map[digest]struct{}{}
	}
	m.index[d] = struct{}{}
	if n := len(m.days); n == 0 || m.days[n-1].number != day {
		m.days = append(m.days, memoryDay{number: day})
	}
	last := &m.days[len(m.days)-1]
	last.met = append(last.met, d)
	return true
}

// has reports whether a digest is known.
func (m *memory) has(d digest) bool {
	_, known := m.index[d]
	return known
}

// expire forgets what was met more than memoryDays before the day.
func (m *memory) expire(day int64) {
	gone := 0
	for _, old := range m.days {
		if old.number+memoryDays >= day {
			break
		}
		for _, d := range old.met {
			delete(m.index, d)
		}
		gone++
	}
	if gone > 0 {
		m.days = append([]memoryDay(nil), m.days[gone:]...)
	}
	if len(m.days) == 0 {
		m.index = nil
	}
}
