package engine

import (
	"cmp"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// lease is a pause that is taken for made until the engine hears otherwise, and
// for as long as its longest holder says.
type lease struct {
	key            string // of source and target
	id             string
	source, target string
	taken, until   time.Time
	holders        []holder
	timer          *timer
	// isResumed tells that the vendor has resumed the target, a moment before the
	// engine's clock says that the lease is over.
	isResumed bool
}

func (l *lease) compareKey(other *lease) int { return cmp.Compare(l.key, other.key) }

// holder is one action's share in a lease.
type holder struct {
	rule, action string
	until        time.Time
}

// span is the time of a lease, both ends exclusive.
type span struct {
	from, to time.Time
	hour     int64 // from which its age counts
}

// leases are those that rules hold by the engine's clock, and those of late,
// which events out of order may fall into.
type leases struct {
	active map[string]*lease
	past   map[string][]span
}

func newLeases() leases {
	return leases{active: map[string]*lease{}, past: map[string][]span{}}
}

// alertPrefix begins the target of what acts on an alert.
const alertPrefix = "alert:"

func leaseKey(source, target string) string { return source + "\x00" + target }

// isPaused reports whether the event's alert was under a lease when the event
// occurred. An event of no alert never is.
func (b *leases) isPaused(a *arrival) bool {
	if len(b.active) == 0 && len(b.past) == 0 {
		return false
	}
	alert := a.event.GetAnomaly().GetAlertId()
	if f := a.event.GetFeedback(); f != nil {
		alert = f.GetAlertId()
	}
	if alert == "" {
		return false
	}
	key := leaseKey(a.event.GetSource(), alertPrefix+alert)
	if l := b.active[key]; l != nil && a.at.After(l.taken) && a.at.Before(l.until) {
		return true
	}
	return slices.ContainsFunc(b.past[key], func(s span) bool { return a.at.After(s.from) && a.at.Before(s.to) })
}

// takeLease puts a holder into the lease of the target, or begins one. What is
// over by now takes none.
func (e *Engine) takeLease(source, target string, taken time.Time, h holder) {
	h.until = capped(h.until)
	if !h.until.After(e.clock) {
		return
	}
	key := leaseKey(source, target)
	l := e.leases.active[key]
	if l == nil {
		l = &lease{
			key: key, source: source, target: target, taken: taken, until: h.until,
			id: event.Hash("lease", source, target, h.action),
		}
		l.timer = &timer{due: l.until, turn: turnLease, lease: l}
		e.leases.active[key] = l
		e.agenda.add(l.timer)
	}
	l.holders = slices.DeleteFunc(l.holders, func(other holder) bool { return !other.until.After(e.clock) })
	l.join(h)
	l.isResumed = false
	e.budget.isResumed(source, target)
	e.leaseUntil(l)
	e.recount(source, target)
}

// maxHolders bounds the actions of one rule in a lease. More than the longest are
// kept, for the pause of that one may turn out not to have been made.
const maxHolders = 16

// join adds a holder. Of very many of one rule the shortest goes.
func (l *lease) join(h holder) {
	l.holders = append(l.holders, h)
	shortest, n := 0, 0
	for i, other := range l.holders {
		if other.rule != h.rule {
			continue
		}
		if n == 0 || other.until.Before(l.holders[shortest].until) {
			shortest = i
		}
		n++
	}
	if n > maxHolders {
		l.holders = slices.Delete(l.holders, shortest, shortest+1)
	}
}

// longest returns the longest holder of each rule, in the order in which the
// rules came.
func (l *lease) longest() []holder {
	var longest []holder
	for _, h := range l.holders {
		at := slices.IndexFunc(longest, func(other holder) bool { return other.rule == h.rule })
		switch {
		case at < 0:
			longest = append(longest, h)
		case longest[at].until.Before(h.until):
			longest[at] = h
		}
	}
	return longest
}

// leaseUntil lets the lease end with its longest holder.
func (e *Engine) leaseUntil(l *lease) {
	l.until = l.holders[0].until
	for _, h := range l.holders[1:] {
		l.until = later(l.until, h.until)
	}
	if !l.until.Equal(l.timer.due) {
		e.agenda.move(l.timer, l.until)
	}
}

// leaseOver ends a lease whose last holder's time is over.
func (e *Engine) leaseOver(l *lease) Output {
	e.closeLease(l, l.until)
	if l.isResumed || e.settings.NoVendor {
		e.budget.resumed(l.source, l.target)
	} else {
		e.budget.due(l.source, l.target)
	}
	e.recount(l.source, l.target)
	until := timestamppb.New(l.until)
	out := &actionv1.Lease{
		Id: l.id, Source: l.source, Target: l.target, State: actionv1.LeaseState_LEASE_STATE_ENDED,
		Reason: "the last holder's time is over", TakenAt: timestamppb.New(l.taken),
		Until: until, EndedAt: until, UpdatedAt: until,
	}
	for _, h := range l.longest() {
		out.Holders = append(out.Holders, &actionv1.Holder{Rule: h.rule, ActionId: h.action, Until: timestamppb.New(h.until)})
	}
	return Output{Lease: out, place: place{at: l.until, turn: turnLease}}
}

// closeLease makes the lease one of late that ended then. Its timer is gone.
func (e *Engine) closeLease(l *lease, at time.Time) {
	delete(e.leases.active, l.key)
	e.leases.remember(l.key, span{from: l.taken, to: at, hour: e.ageFrom(at)})
}

// endLease ends the lease of the target then, if it has one.
func (e *Engine) endLease(source, target string, at time.Time) {
	if l := e.leases.active[leaseKey(source, target)]; l != nil {
		e.agenda.remove(l.timer)
		e.closeLease(l, at)
	}
	e.budget.resumed(source, target)
	e.recount(source, target)
}

// leaseEnded takes what is told of the end of a lease. One that ended when its
// time was over ends here by the engine's clock, and nothing but the alert's being
// resumed is news. A lease that only actions of others hold was taken after it.
func (e *Engine) leaseEnded(in *routerv1.LeaseEnded, at time.Time) {
	source, target := in.GetSource(), in.GetTarget()
	l := e.leases.active[leaseKey(source, target)]
	if l == nil {
		e.budget.resumed(source, target)
		e.recount(source, target)
		return
	}
	left := l.without(in.GetActionIds())
	switch {
	case in.GetOnTime():
		l.isResumed = l.isResumed || len(left) == 0
	case len(left) == 0 || len(in.GetActionIds()) == 0 || e.settings.NoVendor && len(left) == len(l.holders):
		e.endLease(source, target, at)
	default:
		l.holders = left
		e.leaseUntil(l)
	}
}

// without returns the holders that are neither these actions nor of their rules
// and over no later: of each rule the ledger's lease names the longest.
func (l *lease) without(actions []string) []holder {
	ended := map[string]time.Time{} // by rule
	for _, h := range l.holders {
		if slices.Contains(actions, h.action) {
			ended[h.rule] = later(ended[h.rule], h.until)
		}
	}
	return slices.DeleteFunc(slices.Clone(l.holders), func(h holder) bool {
		until, ok := ended[h.rule]
		return ok && !h.until.After(until)
	})
}

// isHeldBy reports whether the action holds a lease on the target.
func (b *leases) isHeldBy(source, target, action string) bool {
	l := b.active[leaseKey(source, target)]
	return l != nil && slices.ContainsFunc(l.holders, func(h holder) bool { return h.action == action })
}

// leaveLease takes an action's share out of the lease of the target: its pause
// was not made, or was somebody else's. A lease of nobody never was.
func (e *Engine) leaveLease(source, target, action string) {
	l := e.leases.active[leaseKey(source, target)]
	if l == nil {
		return
	}
	l.holders = slices.DeleteFunc(l.holders, func(h holder) bool { return h.action == action })
	if len(l.holders) > 0 {
		e.leaseUntil(l)
		return
	}
	e.agenda.remove(l.timer)
	delete(e.leases.active, l.key)
	e.recount(source, target)
}

// remember keeps the time of a lease that is over, if it had any. Of very many of
// a target the first go.
func (b *leases) remember(key string, s span) {
	if !s.to.After(s.from) {
		return
	}
	spans := append(b.past[key], s)
	if len(spans) > maxSpans {
		spans = slices.Clone(spans[len(spans)-keptSpans:])
	}
	b.past[key] = spans
}

// sweep forgets the leases of late that no event that is in time can fall into.
func (b *leases) sweep(hour, horizon int64) {
	for key, spans := range b.past {
		spans = slices.DeleteFunc(spans, func(s span) bool { return s.hour+horizon < hour })
		if b.past[key] = spans; len(spans) == 0 {
			delete(b.past, key)
		}
	}
}

func (b *leases) rebase(ageFrom func(time.Time) int64) {
	for _, spans := range b.past {
		for i := range spans {
			spans[i].hour = min(spans[i].hour, ageFrom(spans[i].to))
		}
	}
}
