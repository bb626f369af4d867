package action

import (
	"maps"
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
)

// absence is how often, and how far apart, the vendor did not know a target,
// without knowing it in between.
type absence struct {
	seen int
	last time.Time
}

// goneLooks is how many parts GoneAfter has: the vendor must not know the target
// at the beginning and once in each of them.
const goneLooks = 6

// isLongGone takes note that the vendor does not know the target and reports
// whether that has lasted. Vendors answer that something does not exist when
// they restart, or restore a backup; a pause that we forget for that is never
// ended.
func (x *Executor) isLongGone(g *absence) bool {
	now := x.opts.Now()
	if g.seen == 0 || now.Sub(g.last) >= x.opts.GoneAfter/goneLooks {
		g.seen++
		g.last = now
	}
	return g.seen > goneLooks
}

// miss takes note of whether a reading finds the target.
func (t *turn) miss(err error) {
	switch {
	case isGone(err):
		t.missing++
	case err == nil:
		t.missing = 0
	}
}

// isMissing reports whether what was to be deleted is deleted: the vendor took that
// and does not find it, or two readings in a row do not.
func (t *turn) isMissing() bool { return t.missing > 0 && t.accepted || t.missing > 1 }

// finding is what a comparison saw of a lease's target that is not paused. The
// zero value is none.
type finding struct {
	lease string
	gone  bool
}

// keepDoubts forgets what was seen of other leases than these.
func (x *Executor) keepDoubts(leases []*actionv1.Lease) {
	active := make(map[string]bool, len(leases))
	for _, l := range leases {
		active[l.GetId()] = true
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	maps.DeleteFunc(x.doubted, func(_ lease.Key, seen finding) bool { return !active[seen.lease] })
}

// doubt remembers what was seen of the lease and returns what was remembered
// before.
func (x *Executor) doubt(key lease.Key, seen finding) finding {
	x.mu.Lock()
	defer x.mu.Unlock()
	before := x.doubted[key]
	if seen == (finding{}) {
		delete(x.doubted, key)
	} else {
		x.doubted[key] = seen
	}
	return before
}
