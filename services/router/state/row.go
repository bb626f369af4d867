package state

// place is where a key and its value stand; the zero Key leaves it free.
type place[V any] struct {
	key   Key
	value V
}

// row is keys of a range in ascending places with gaps between them. Each key
// has a home by its share of the range and stands there or behind, with no gap
// between: finding one reads a few places next to each other, whatever the
// number of keys.
type row[V any] struct {
	lo, hi uint64 // bounds of the first 64 bits
	homes  int
	scale  float64 // homes per key of the range
	places []place[V]
	taken  int
	end    int // behind the last place that push took
}

// newRow returns an empty row with room for so many keys and some more.
func newRow[V any](lo, hi uint64, keys int) row[V] {
	homes := keys + keys*3/8 + 2
	return row[V]{
		lo: lo, hi: hi, homes: homes, scale: float64(homes) / (float64(hi-lo) + 1),
		places: make([]place[V], homes+homes/16+2),
	}
}

// home returns the place at or behind which a key of the range stands. It
// ascends with the keys.
func (r *row[V]) home(k Key) int {
	return min(r.homes-1, int(float64(k.hi-r.lo)*r.scale))
}

// find returns the place of a key, or the one that it would take.
func (r *row[V]) find(k Key) (at int, found bool) {
	for at = r.home(k); at < len(r.places); at++ {
		other := r.places[at].key
		if other == (Key{}) {
			return at, false
		}
		if !other.less(k) {
			return at, other == k
		}
	}
	return at, false
}

// insert puts a key with no value at the place that find returned.
func (r *row[V]) insert(at int, k Key) {
	end := at
	for end < len(r.places) && r.places[end].key != (Key{}) {
		end++
	}
	r.reach(end)
	copy(r.places[at+1:end+1], r.places[at:end])
	r.places[at] = place[V]{key: k}
	r.taken++
}

// push appends a key behind all others.
func (r *row[V]) push(k Key, v V) {
	at := max(r.home(k), r.end)
	r.reach(at)
	r.places[at] = place[V]{key: k, value: v}
	r.taken++
	r.end = at + 1
}

// keep drops the keys whose value is not to be kept. The others move towards
// their homes.
func (r *row[V]) keep(isKept func(V) bool) {
	r.taken, r.end = 0, 0
	for i := range r.places {
		p := r.places[i]
		if p.key == (Key{}) {
			continue
		}
		r.places[i] = place[V]{}
		if isKept(p.value) {
			r.push(p.key, p.value)
		}
	}
}

// reach makes sure that there is a place.
func (r *row[V]) reach(at int) {
	if at >= len(r.places) {
		r.places = append(make([]place[V], 0, at+at/16+2), r.places...)
		r.places = r.places[:cap(r.places)]
	}
}

// isFull reports whether gaps have become so few that places are far from home.
func (r *row[V]) isFull() bool { return 6*r.taken >= 5*r.homes }

// isLoose reports whether it has much more room than so many keys need.
func (r *row[V]) isLoose(keys int) bool { return r.homes > 2*keys+8 }
