package rule

import (
	"hash/fnv"
	"strings"
)

// Shard returns the part of the set that shard i of n judges, 0 <= i < n: the
// parts share no rule and together have every one, in the set's order. The
// version is the whole set's.
//
// Rules that are bound to each other stay together in shard 0: those with an
// action at a vendor, through leases and safety budgets, and those that read
// `paused`. Any other rule depends on nothing but itself and goes where the hash
// of its name leads.
func (s *Set) Shard(i, n int) *Set {
	if n <= 1 && i == 0 {
		return s
	}
	part := &Set{version: s.version, byName: map[string]*Rule{}, windows: s.windows}
	for _, r := range s.rules {
		if r.shard(n) == i {
			part.rules = append(part.rules, r)
			part.byName[r.Name] = r
		}
	}
	return part
}

func (r *Rule) shard(n int) int {
	if r.isBound() {
		return 0
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(r.Name))
	return int(hash.Sum32() % uint32(n))
}

// isBound tells whether what the rule decides touches other rules, or may be
// touched by them. In shadow it asks the same safety budgets. That a text has the
// word is enough: a rule too many in shard 0 decides the same.
func (r *Rule) isBound() bool {
	if r.Mode == Off {
		return false
	}
	for i := range r.Do {
		if r.Do[i].Spec.Vendor != noVendor {
			return true
		}
	}
	return strings.Contains(canonical(r.Source.ProtoReflect(), "when", "unless", "do"), "paused")
}
