package state

import (
	"cmp"
	"slices"
)

// ages counts keys by the hour at which the last of their entries counts: when
// that is over, the key is.
type ages []age

type age struct {
	hour int32
	keys int
}

// add counts keys of an hour, fewer where keys is negative.
func (a *ages) add(hour int32, keys int) {
	at, found := a.find(hour)
	if !found {
		*a = slices.Insert(*a, at, age{hour: hour})
	}
	(*a)[at].keys += keys
	if (*a)[at].keys == 0 {
		*a = slices.Delete(*a, at, at+1)
	}
}

// find returns where an hour is, or belongs. Mostly there are keys of each hour, so
// that its distance from the last one tells.
func (a *ages) find(hour int32) (at int, found bool) {
	n := len(*a)
	if n == 0 || (*a)[n-1].hour < hour {
		return n, false
	}
	if back := int64((*a)[n-1].hour) - int64(hour); back < int64(n) && (*a)[n-1-int(back)].hour == hour {
		return n - 1 - int(back), true
	}
	return slices.BinarySearchFunc(*a, hour, func(x age, hour int32) int { return cmp.Compare(x.hour, hour) })
}

// drop forgets the keys of hours before the hour and returns how many those
// are.
func (a *ages) drop(cut int32) int {
	gone, n := 0, 0
	for n < len(*a) && (*a)[n].hour < cut {
		gone += (*a)[n].keys
		n++
	}
	*a = slices.Delete(*a, 0, n)
	return gone
}
