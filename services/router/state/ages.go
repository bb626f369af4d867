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
	at, found := len(*a), false
	if n := len(*a); n > 0 && (*a)[n-1].hour == hour {
		at, found = n-1, true
	} else if n > 0 && (*a)[n-1].hour > hour {
		at, found = slices.BinarySearchFunc(*a, hour, func(x age, hour int32) int { return cmp.Compare(x.hour, hour) })
	}
	if !found {
		*a = slices.Insert(*a, at, age{hour: hour})
	}
	(*a)[at].keys += keys
	if (*a)[at].keys == 0 {
		*a = slices.Delete(*a, at, at+1)
	}
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
