package state

import (
	"encoding/binary"
	"slices"
)

// The least bytes of a key and of an entry in a snapshot, and about what an
// entry takes.
const (
	minKeyBytes   = KeyBytes + 1 + minEntryBytes
	minEntryBytes = 4
	entryBytes    = 30
)

// Append appends what is visible. Equal tables give equal bytes: keys in
// order, of each its entries, times and hours as the distance to those before.
func (t *Table) Append(buf []byte) []byte {
	t.tree.purgeAll(t.cut)
	entries, text := t.keys, 0
	for _, l := range t.tree.leaves {
		entries, text = entries+l.used, text+l.held
	}
	buf = slices.Grow(buf, t.keys*(KeyBytes+1)+entries*entryBytes+text+binary.MaxVarintLen64)
	w := writer{buf: binary.AppendUvarint(buf, uint64(t.keys))}
	for _, l := range t.tree.leaves {
		for i := range l.places {
			if p := &l.places[i]; p.value.len > 0 {
				w.run(&l.pool, p.key, &p.value)
			}
		}
	}
	return w.buf
}

// writer writes entries, each by its distance to the one before.
type writer struct {
	buf     []byte
	seconds int64
	hour    int32
}

func (w *writer) run(p *pool, k Key, r *run) {
	w.buf = k.Append(w.buf)
	w.buf = binary.AppendUvarint(w.buf, uint64(r.len))
	entries := p.of(r)
	for i := range entries {
		w.entry(p, &entries[i])
	}
	w.entry(p, &r.last)
}

func (w *writer) entry(p *pool, x *entry) {
	w.buf = binary.AppendVarint(w.buf, x.seconds-w.seconds)
	w.buf = binary.AppendUvarint(w.buf, uint64(x.nanos&^isText))
	w.buf = binary.AppendVarint(w.buf, int64(x.hour)-int64(w.hour))
	w.seconds, w.hour = x.seconds, x.hour
	w.id(p, x)
}

// id writes 0 and a packed id, or one more than the length and the text, behind
// which a tag follows if nanos say so.
func (w *writer) id(p *pool, x *entry) {
	if x.nanos&isText == 0 {
		w.buf = append(w.buf, 0)
		w.buf = Key{x.hi, x.lo}.Append(w.buf)
		return
	}
	w.buf = binary.AppendUvarint(w.buf, x.lo+1)
	w.buf = p.appendID(w.buf, x)
	if x.nanos&isTagged != 0 {
		w.buf = p.tag(x).Append(w.buf)
	}
}
