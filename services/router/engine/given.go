package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/signalbox-io/signalbox/pkg/event"
)

// enter makes the event a cause of every clause that it meets, late ones too,
// and judges what waited for it.
func (e *Engine) enter(out []Output, a *arrival) []Output {
	var complete []*judgement
	for _, c := range e.clauses[event.KindOf(a.event)] {
		key, ok, err := c.meets(a)
		switch {
		case err != nil:
			out = append(out, e.failed(&judgement{arrival: a, state: c.state}, fmt.Sprintf("given[%d]", c.index), err))
		case ok:
			c.causes[key] = c.causes[key].insert(entry{at: a.at, id: a.event.GetId(), hour: e.ageFrom(a.at)})
			complete = append(complete, e.completed(c, key, a)...)
		}
	}
	slices.SortFunc(complete, (*judgement).compareArrival)
	for _, j := range slices.Compact(complete) { // two clauses may have waited for one event
		e.waiting.remove(j)
		out = e.judge(out, j, false)
	}
	return out
}

// meets evaluates the clause's condition and key on an event.
func (c *clause) meets(a *arrival) (key string, ok bool, err error) {
	ok, err = holds(c.Where, a.vars)
	if err != nil {
		return "", false, fmt.Errorf("where: %w", err)
	}
	if !ok {
		return "", false, nil
	}
	parts, ok, err := keyOf(c.Key, a.vars)
	return stateKey(joinKey(parts)), ok, err
}

// completed returns the judgements that lack nothing with the cause that has
// entered. Those that lack less than before wait for the rest.
func (e *Engine) completed(c *clause, key string, a *arrival) []*judgement {
	var complete []*judgement
	for _, j := range slices.Clone(e.waiting.of(c.state, key)) {
		if !c.reaches(j, a.at) {
			continue
		}
		_, missing := c.state.correlate(j)
		if len(missing) == 0 {
			complete = append(complete, j)
		} else if due := earliest(j, missing); !due.Equal(j.due) { // moving is dear where many wait
			e.waiting.move(j, due)
		}
	}
	return complete
}

// reaches reports whether a cause at that time lies within the clause.
func (c *clause) reaches(j *judgement, cause time.Time) bool {
	return !cause.After(j.at) && !cause.Before(j.at.Add(-c.Within))
}

// correlate returns the latest cause of each clause, and the clauses that have
// none.
func (s *ruleState) correlate(j *judgement) (found []entry, missing []*clause) {
	for _, c := range s.given {
		if cause, ok := c.latest(j); ok {
			found = append(found, cause)
		} else {
			missing = append(missing, c)
		}
	}
	return found, missing
}

// latest returns the last cause before the event by (time, id). An event is
// not its own cause.
func (c *clause) latest(j *judgement) (entry, bool) {
	l := c.causes[j.joined]
	for i := l.until(j.at) - 1; i >= 0 && c.reaches(j, l[i].at); i-- {
		if l[i].id != j.event.GetId() {
			return l[i], true
		}
	}
	return entry{}, false
}

// missingDetail says which clause has no cause.
func missingDetail(j *judgement, c *clause) string {
	detail := fmt.Sprintf("no %s within %s", c.On, short(c.Within))
	if len(j.state.given) > 1 {
		detail = fmt.Sprintf("given[%d]: %s", c.index, detail)
	}
	switch {
	case j.refused:
		return detail + ", not waited for: too many judgements wait"
	case !j.due.IsZero():
		return detail + ", waited " + short(j.due.Sub(j.arrived))
	default:
		return detail
	}
}
