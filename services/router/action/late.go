package action

import (
	"maps"
	"time"

	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// comesLate notes that a call for a resume of the target may still be on its way to
// the vendor, where it would undo the next pause. It lives no longer than a call may
// take.
func (x *Executor) comesLate(key lease.Key) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.opts.Now()
	maps.DeleteFunc(x.late, func(_ lease.Key, until time.Time) bool { return !until.After(now) })
	x.late[key] = now.Add(x.opts.CallTimeout)
}

// lateAtStart is until when a resume of a process before this one may still arrive. How
// it called is not known, only when the lease ended.
func (x *Executor) lateAtStart() map[lease.Key]time.Time {
	late := x.leases.JustEnded()
	for key, ended := range late {
		late[key] = ended.Add(x.opts.CallTimeout)
	}
	return late
}

// mayBeUndone reports whether a resume that was called for before may still arrive and
// undo what would be paused now. The next pass reads again.
func (x *Executor) mayBeUndone(r ledger.Record, t *turn, e *effect) bool {
	if r.State() != pending || e.until == nil || e.makes {
		return false
	}
	x.mu.Lock()
	rest := x.late[keyOf(r.Action)].Sub(x.opts.Now())
	x.mu.Unlock()
	if rest <= 0 {
		return false
	}
	t.wait = max(rest/2, x.opts.ReadBackEvery)
	return true
}
