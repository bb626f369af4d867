package state

// search returns where the key is in ascending keys, or where it belongs. The
// keys lie between lo and hi, as their first 64 bits. It guesses by the even
// spread of digests and gallops from there, so that keys that somebody has
// chosen to lie close cost no more than a binary search of them.
func search(keys []Key, k Key, lo, hi uint64) (at int, found bool) {
	n := len(keys)
	if n == 0 {
		return 0, false
	}
	guess := min(n-1, int(float64(k.hi-lo)/(float64(hi-lo)+1)*float64(n)))
	from, to := gallop(keys, k, guess)
	for from < to {
		middle := int(uint(from+to) / 2)
		if keys[middle].less(k) {
			from = middle + 1
		} else {
			to = middle
		}
	}
	return from, from < n && keys[from] == k
}

// gallop returns the bounds between which the first key lies that is not less
// than k, looking in widening steps from a place in the keys.
func gallop(keys []Key, k Key, at int) (from, to int) {
	step := 1
	if keys[at].less(k) {
		from = at + 1
		for to = from; to < len(keys) && keys[to].less(k); step *= 2 {
			from, to = to+1, to+1+step
		}
		return from, min(to, len(keys))
	}
	to = at
	for from = at; from > 0 && !keys[from-1].less(k); step *= 2 {
		to, from = from-1, max(0, from-1-step)
	}
	return from, to
}
