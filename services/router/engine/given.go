package engine

import (
	"fmt"
	"slices"
	"time"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/state"
)

// enter makes the event, which [Engine.match] has asked about, a cause of every
// clause that it meets, also where it is late, and judges what waited for it.
// Under reorder it does so on arrival: clauses look back only, and those that
// occurred before it are judged before it.
func (e *Engine) enter(out []Output, a *arrival) []Output {
	var complete []*judgement
	for _, f := range e.matched {
		if f.number >= len(e.clauses) {
			break
		}
		c := e.clauses[f.number]
		parts, ok, err := keyed(a, f, c.Key)
		key := e.hasher.Of(parts...)
		if err == nil && ok && !c.causes.Add(key, a.at, a.event.GetId(), e.ageFrom(a.at)) {
			err = e.full()
		}
		switch {
		case err != nil:
			out = append(out, e.clauseFailed(c, a, err))
		case ok:
			complete = append(complete, e.completed(c, key, a)...)
		}
	}
	slices.SortFunc(complete, (*judgement).compareArrival)
	for _, j := range slices.Compact(complete) { // two clauses may have waited for one event
		e.agenda.remove(j.timer)
		e.waiting.forget(j)
		out = e.judge(out, j, place{at: e.clock, turn: turnComplete, number: j.number})
	}
	return out
}

func (e *Engine) clauseFailed(c *clause, a *arrival, err error) Output {
	switch err.(type) { //nolint:errorlint // nothing wraps them
	case keyError, fullError:
	default:
		err = fmt.Errorf("where: %w", err)
	}
	j := &judgement{arrival: a, state: c.state, place: place{at: e.clock, turn: turnEnter}}
	return e.failed(j, fmt.Sprintf("given[%d]", c.index), err)
}

// completed returns the judgements that need not wait any more now that the cause
// has entered: they lack nothing, or what must not be there is. Those that lack
// less than before wait for the rest.
func (e *Engine) completed(c *clause, key state.Key, a *arrival) []*judgement {
	var complete []*judgement
	for _, j := range slices.Clone(e.waiting.of(c.state, key)) {
		if !c.reaches(j, a.at) {
			continue
		}
		switch due := j.correlate().due; {
		case !due.After(e.clock):
			complete = append(complete, j)
		case !due.Equal(j.timer.due): // moving is dear where many wait
			j.due = due
			e.agenda.move(j.timer, due)
		}
	}
	return complete
}

// reaches reports whether a cause at that time lies within the clause.
func (c *clause) reaches(j *judgement, at time.Time) bool {
	return !at.After(j.at) && !at.Before(j.at.Add(-c.Within))
}

// cause is the latest event that meets a clause.
type cause struct {
	state.Entry
	clause *clause
}

// correlation is what the clauses of `given` say about a judgement.
type correlation struct {
	// spoiled is the first clause that has what must not be there, lacking the
	// first one that lacks a cause, hoping the first one for whose absence it is
	// too early to tell.
	spoiled, lacking, hoping *clause
	// spoiler is the latest cause of spoiled, number how many lacking has.
	spoiler state.Entry
	number  int
	// due is until when the judgement may wait, zero if it need not.
	due time.Time
}

// correlate looks at every clause and puts the causes into the judgement.
func (j *judgement) correlate() correlation {
	var x correlation
	j.found = j.found[:0]
	for _, c := range j.state.given {
		latest, n := c.look(j)
		switch {
		case c.Absent && n >= c.AtLeast:
			if x.spoiled == nil {
				x.spoiled, x.spoiler = c, latest
			}
		case c.Absent:
			x.hope(j, c)
		case n < c.AtLeast:
			x.lack(j, c, n)
		default:
			j.found = append(j.found, cause{Entry: latest, clause: c})
		}
	}
	if x.spoiled != nil {
		x.due = time.Time{}
	}
	return x
}

// lack notes a cause that is missing. The first whose time is over decides.
func (x *correlation) lack(j *judgement, c *clause, n int) {
	due := capped(j.arrived.Add(c.wait))
	if x.lacking == nil {
		x.lacking, x.number = c, n
		x.due = due
	}
	if due.Before(x.due) {
		x.due = due
	}
}

// hope notes a cause that may still arrive and must not. Every one has to have
// its time.
func (x *correlation) hope(j *judgement, c *clause) {
	if x.hoping == nil {
		x.hoping = c
	}
	if due := capped(j.arrived.Add(c.wait)); x.lacking == nil && due.After(x.due) {
		x.due = due
	}
}

// look returns the last cause before the event by (time, id), and how many there
// are, as far as the clause asks. An event is not its own cause.
func (c *clause) look(j *judgement) (latest state.Entry, n int) {
	met := c.causes.Run(j.joined)
	for i := met.Until(j.at) - 1; i >= 0 && n < c.AtLeast && c.reaches(j, met.Time(i)); i-- {
		if met.Is(i, j.event.GetId()) {
			continue
		}
		if n == 0 {
			latest = met.Entry(i)
		}
		n++
	}
	return latest, n
}

// given asks for the causes, and for their absence.
func (e *Engine) given(j *judgement) (Output, verdict) {
	if len(j.state.given) == 0 {
		return Output{}, passes
	}
	x := j.correlate()
	isPutOff, isRefused := e.putOff(j, x.due)
	switch {
	case x.spoiled != nil:
		j.causes = causesOf(j.counted, append(j.found, cause{Entry: x.spoiler, clause: x.spoiled}))
		return e.heldGiven(j, x.spoiled, spoiledDetail(j, x)), stops
	case isPutOff:
		return Output{}, waits
	case x.lacking != nil:
		j.causes = causesOf(j.counted, j.found)
		return e.heldGiven(j, x.lacking, missingDetail(j, x, isRefused)), stops
	case isRefused: // it may still arrive, and nobody waits for it: it might be there
		j.causes = causesOf(j.counted, j.found)
		return e.heldGiven(j, x.hoping, fmt.Sprintf("a %s within %s may still arrive", x.hoping.On, short(x.hoping.Within))+refusedDetail), stops
	default:
		return Output{}, passes
	}
}

const refusedDetail = ", not waited for: too many judgements wait"

func (e *Engine) heldGiven(j *judgement, c *clause, detail string) Output {
	if len(j.state.given) > 1 {
		detail = fmt.Sprintf("given[%d]: %s", c.index, detail)
	}
	return e.held(j, decisionv1.Outcome_OUTCOME_HELD_GIVEN, "given", detail)
}

// spoiledDetail says what is there and must not be.
func spoiledDetail(j *judgement, x correlation) string {
	c := x.spoiled
	if c.AtLeast > 1 {
		return fmt.Sprintf("%d %s within %s, the latest %s before", c.AtLeast, c.On, short(c.Within), short(j.at.Sub(x.spoiler.At)))
	}
	return fmt.Sprintf("%s %s before", c.On, short(j.at.Sub(x.spoiler.At)))
}

// missingDetail says what the clause lacks.
func missingDetail(j *judgement, x correlation, isRefused bool) string {
	c := x.lacking
	detail := fmt.Sprintf("no %s within %s", c.On, short(c.Within))
	if c.AtLeast > 1 {
		detail = fmt.Sprintf("%d of %d %s within %s", x.number, c.AtLeast, c.On, short(c.Within))
	}
	switch {
	case isRefused:
		return detail + refusedDetail
	case !j.due.IsZero():
		return detail + ", waited " + short(j.due.Sub(j.arrived))
	default:
		return detail
	}
}
