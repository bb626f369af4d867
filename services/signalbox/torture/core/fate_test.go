package core_test

import (
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"sync"
)

// fate is what becomes of one write or call.
type fate int

const (
	passes       fate = iota
	failsBefore       // it does not happen and fails
	failsAfter        // it happens, and its answer is lost
	failsUntil        // of a call: it fails at once and happens later, as one that was cut off on its way
	hangs             // of a call: nothing happens, and no answer comes
	isLimited         // of a call: refused, for now
	crashBefore       // the process dies, and it does not happen
	crashAfter        // the process dies, and it happened
	numberOfFate      // how many there are
)

// odds are in how many of a thousand cases each fate comes.
type odds [numberOfFate]int

var (
	writeOdds = odds{failsBefore: 15, failsAfter: 15, crashBefore: 12, crashAfter: 12}
	callOdds  = odds{failsBefore: 40, failsAfter: 40, failsUntil: 30, hangs: 15, isLimited: 30, crashBefore: 15, crashAfter: 25}
)

// fates draws from the seed: the n-th thing of a name has the same fate in each
// run. It is safe for concurrent use.
type fates struct {
	seed uint64

	mu     sync.Mutex
	counts map[string]int
	isOver bool // nothing goes wrong any more
}

func newFates(seed uint64) *fates { return &fates{seed: seed, counts: map[string]int{}} }

// of returns what becomes of the next thing of the name, and what to draw more
// of it from.
func (f *fates) of(name string, o odds) (fate, *rand.Rand) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts[name]++
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name + " " + strconv.Itoa(f.counts[name])))
	random := rand.New(rand.NewPCG(f.seed, hash.Sum64()))
	n := random.IntN(1000)
	for kind, share := range o {
		if n -= share; n < 0 && !f.isOver {
			return fate(kind), random
		}
	}
	return passes, random
}

// end lets everything pass from now on.
func (f *fates) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.isOver = true
}
