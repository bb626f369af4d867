package state

// recent is a spot and the key that was there.
type recent struct {
	key Key
	spot
}

// isAt reports whether a key still stands there. Leaves are split, joined and
// spaced anew, so it is looked at rather than kept up to date.
func (x *recent) isAt(t *tree[*leaf], k Key) bool {
	return x.key == k && x.leaf != nil &&
		x.number < len(t.leaves) && t.leaves[x.number] == x.leaf &&
		x.at < len(x.leaf.places) && x.leaf.places[x.at].key == k
}

// locate returns where a key stands or belongs, whatever of it is visible. There
// is a leaf.
func (t *Table) locate(k Key) (s spot, found bool) {
	if t.recent.isAt(&t.tree, k) {
		return t.recent.spot, true
	}
	s.number = t.tree.of(k)
	s.leaf = t.tree.leaves[s.number]
	if s.at, found = s.leaf.find(k); found {
		t.recent = recent{key: k, spot: s}
	}
	return s, found
}
