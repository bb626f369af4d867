package judge

import (
	"fmt"
	"slices"
	"time"
)

// The verbs of effects, as vendors' logs have them.
const (
	Pause           = "pause"
	Resume          = "resume"
	PauseStream     = "pause_data_stream"
	ResumeStream    = "resume_data_stream"
	Create          = "create_watcher"
	DeleteWatcher   = "delete_watcher"
	AddExclusion    = "add_exclusion"
	DeleteExclusion = "delete_exclusion"
	CreateAlert     = "create_alert"
	UpdateAlert     = "update_alert"
	DeleteAlert     = "delete_alert"
	UpdateWatcher   = "update_watcher"
	UndeleteWatcher = "undelete_watcher"
	TrainAnomaly    = "train_anomaly"
	DisablePattern  = "disable_pattern"
	Notify          = "notify"
)

// isEnd reports whether the verb ends what a lease holds.
func isEnd(verb string) bool {
	return verb == Resume || verb == ResumeStream || verb == DeleteWatcher || verb == DeleteExclusion
}

// Due is what has to happen on one target because of one cause.
type Due struct {
	// Target is what it happens on, such as `alert:a1`.
	Target string
	// Verbs have to happen once each, in this order.
	Verbs []string
	// From is when the cause was there: nothing happens before.
	From time.Time
	// Until is when the lease is over, zero where there is none: it is not ended
	// before, and may be left out as a whole if it could not begin till then.
	Until time.Time
}

// Effect is what the vendor did.
type Effect struct {
	// At is the vendor's time of it.
	At time.Time
	// Target and Verb as in [Due].
	Target, Verb string
	// Changed is false if the target was so already.
	Changed bool
}

// Outage is a time in which the effects could not be made, because something
// was killed or a vendor did not answer.
type Outage struct{ From, To time.Time }

// Case is all that is judged.
type Case struct {
	Dues    []Due
	Effects []Effect
	// Paused are the targets that are paused, or there, at the end and must not be.
	Paused  []string
	Outages []Outage
	// Grace is how long after its time an effect is not late: one comparison of
	// the leases with the vendor, and what a slow machine takes.
	Grace time.Duration
}

// Verdict counts what was found.
type Verdict struct {
	// Due is how many effects had to happen.
	Due int
	// Missing did not happen, Doubled happened again, Undue were not asked for.
	Missing, Doubled, Undue int
	// Left are targets that are still paused, or there.
	Left int
	// Misordered happened before what must come first, a resume before the end
	// of its lease among them.
	Misordered int
	// Late came after their time and what outages excuse.
	Late int
	// Expired were left out rightly: the time was over when the outage was.
	Expired int
	// Repeats are calls that changed nothing, because the target was so already.
	Repeats int
	// Lags are how long after its time each effect came, outages included.
	Lags []time.Duration
	// Faults are words for each fault.
	Faults []string
}

// IsClean reports whether nothing is wrong.
func (v *Verdict) IsClean() bool { return len(v.Faults) == 0 }

// Add adds what another case showed.
func (v *Verdict) Add(o Verdict) {
	v.Due += o.Due
	v.Missing += o.Missing
	v.Doubled += o.Doubled
	v.Undue += o.Undue
	v.Left += o.Left
	v.Misordered += o.Misordered
	v.Late += o.Late
	v.Expired += o.Expired
	v.Repeats += o.Repeats
	v.Lags = append(v.Lags, o.Lags...)
	v.Faults = append(v.Faults, o.Faults...)
}

func (v *Verdict) fault(counter *int, format string, args ...any) {
	*counter++
	v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
}

// Judge compares what was due with what happened.
func Judge(c Case) Verdict {
	var v Verdict
	byTarget := map[string][]Effect{}
	for _, e := range c.Effects {
		byTarget[e.Target] = append(byTarget[e.Target], e)
	}
	for target, dues := range perTarget(c.Dues) {
		c.judgeTarget(&v, dues, byTarget[target])
		delete(byTarget, target)
	}
	for target, effects := range byTarget {
		for _, e := range effects {
			v.fault(&v.Undue, "undue: %s of %s at %s", e.Verb, target, clock(e.At))
		}
	}
	for _, target := range c.Paused {
		v.fault(&v.Left, "left behind: %s is still paused or there", target)
	}
	slices.Sort(v.Faults)
	return v
}

func perTarget(dues []Due) map[string][]Due {
	by := map[string][]Due{}
	for _, d := range dues {
		by[d.Target] = append(by[d.Target], d)
	}
	for _, list := range by {
		slices.SortFunc(list, func(a, b Due) int { return a.From.Compare(b.From) })
	}
	return by
}

// judgeTarget gives each effect to the due that it belongs to.
func (c Case) judgeTarget(v *Verdict, dues []Due, effects []Effect) {
	slices.SortStableFunc(effects, func(a, b Effect) int { return a.At.Compare(b.At) })
	for len(effects) > 0 && effects[0].At.Before(dues[0].From) {
		e := effects[0]
		v.fault(&v.Undue, "undue: %s of %s at %s, before its cause at %s", e.Verb, e.Target, clock(e.At), clock(dues[0].From))
		effects = effects[1:]
	}
	for len(dues) > 0 {
		d, own := dues[0], effects
		dues = dues[1:]
		for len(dues) > 0 {
			if own = effects[:d.ends(dues[0], effects)]; !c.isOneWith(d, dues[0], own) {
				break
			}
			d.Until, own, dues = later(d.Until, dues[0].Until), effects, dues[1:]
		}
		effects = effects[len(own):]
		c.judgeDue(v, d, own)
	}
}

// ends returns where the effects of the due end and those of the next begin: with
// the first effect of the next, unless the two overlap, or when the due has had all
// of its own.
func (d Due) ends(next Due, effects []Effect) int {
	had := map[string]bool{}
	for i, e := range effects {
		hasAll := !slices.ContainsFunc(d.Verbs, func(verb string) bool { return !had[verb] })
		isNext := e.Verb == next.Verbs[0] && !next.From.Before(d.Until)
		if e.Changed && !e.At.Before(next.From) && (hasAll || isNext) {
			return i
		}
		had[e.Verb] = had[e.Verb] || e.Changed
	}
	return len(effects)
}

// isOneWith reports whether the lease of a due went rightly on for the next: because
// that was there before its end, or because outages excuse that the first was not
// over, or not begun. Own are the effects before those of the next.
func (c Case) isOneWith(d, next Due, own []Effect) bool {
	switch {
	case d.Until.IsZero():
		return false
	case next.From.Before(d.Until) && !c.maySplit(d, next):
		return true
	}
	var last Effect
	for _, e := range own {
		if e.Changed {
			last = e
		}
	}
	switch {
	case last.Verb == "":
		return !c.couldExpire(d) && !c.excused(d.From).Add(c.Grace).Before(next.From)
	case isEnd(last.Verb) && last.At.Before(next.Until):
		return false
	default:
		return !c.excused(d.Until).Add(c.Grace).Before(next.From)
	}
}

// maySplit reports whether a lease may end before the next due that would have
// made it longer is heard of: that came in an outage in which the lease was over.
func (c Case) maySplit(d, next Due) bool {
	return next.Until.After(d.Until) && slices.ContainsFunc(c.Outages, func(o Outage) bool {
		return !o.From.After(next.From.Add(c.Grace)) && !o.To.Add(c.Grace).Before(d.Until)
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (c Case) judgeDue(v *Verdict, d Due, effects []Effect) {
	v.Due += len(d.Verbs)
	happened := map[string][]Effect{}
	for _, e := range effects {
		switch {
		case !slices.Contains(d.Verbs, e.Verb):
			v.fault(&v.Undue, "undue: %s of %s at %s", e.Verb, d.Target, clock(e.At))
		case !e.Changed:
			v.Repeats++
		default:
			happened[e.Verb] = append(happened[e.Verb], e)
		}
	}
	if c.couldExpire(d) && len(happened) == 0 {
		v.Expired += len(d.Verbs)
		return
	}
	var last time.Time
	for _, verb := range d.Verbs {
		last = c.judgeVerb(v, d, verb, happened[verb], last)
	}
}

// judgeVerb judges one effect, which must not come before the one before it.
func (c Case) judgeVerb(v *Verdict, d Due, verb string, happened []Effect, before time.Time) time.Time {
	if len(happened) == 0 {
		v.fault(&v.Missing, "missing: %s of %s, due at %s", verb, d.Target, clock(d.when(verb)))
		return before
	}
	for _, e := range happened[1:] {
		v.fault(&v.Doubled, "doubled: %s of %s at %s and at %s", verb, d.Target, clock(happened[0].At), clock(e.At))
	}
	at, due := happened[0].At, d.when(verb)
	if at.Before(before) || at.Before(due) {
		v.fault(&v.Misordered, "misordered: %s of %s at %s, due at %s and after %s", verb, d.Target, clock(at), clock(due), clock(before))
	}
	v.Lags = append(v.Lags, at.Sub(due))
	if allowed := c.excused(due).Add(c.Grace); at.After(allowed) {
		v.fault(&v.Late, "late: %s of %s at %s, due at %s, excused till %s", verb, d.Target, clock(at), clock(due), clock(allowed))
	}
	return at
}

// when is from when on the verb is due.
func (d Due) when(verb string) time.Time {
	if isEnd(verb) && !d.Until.IsZero() {
		return d.Until
	}
	return d.From
}

// excused moves a moment to the end of the outages that it lies in, one after
// the other: what follows within the grace belongs to it.
func (c Case) excused(at time.Time) time.Time {
	outages := slices.SortedFunc(slices.Values(c.Outages), func(a, b Outage) int { return a.From.Compare(b.From) })
	for _, o := range outages {
		if !o.From.After(at.Add(c.Grace)) && o.To.After(at) {
			at = o.To
		}
	}
	return at
}

// couldExpire reports whether outages held the pause up until its time was over.
func (c Case) couldExpire(d Due) bool {
	return !d.Until.IsZero() && c.excused(d.From).Add(c.Grace).After(d.Until)
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }
