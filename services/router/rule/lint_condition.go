package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// condition looks for what no event meets in a condition's parts that are
// joined by &&. What it cannot tell it takes for possible.
func (l *linter) condition(r *Rule, clause string, condition *expr.Program) {
	if condition == nil {
		return
	}
	if value, err := condition.Bool(expr.Vars{}); err == nil && !value {
		l.warn(r, clause, NeverMatches, "the condition is false whatever the event is")
		return
	}
	split := condition.Split()
	if split == nil {
		return
	}
	var order []expr.Attribute
	ranges := map[expr.Attribute]*values{}
	for i := range split.Conjuncts {
		c := &split.Conjuncts[i]
		if ranges[c.Attribute] == nil {
			ranges[c.Attribute] = newValues()
			order = append(order, c.Attribute)
		}
		ranges[c.Attribute].take(c)
	}
	for _, attribute := range order {
		if why := ranges[attribute].impossible(); why != "" {
			l.warn(r, clause, NeverMatches, "no event matches: %s %s", attribute, why)
			return
		}
	}
	l.sources(r, clause, ranges[expr.Attribute{Name: "event.source"}])
}

// sources looks for sources that are not configured.
func (l *linter) sources(r *Rule, clause string, named *values) {
	if named == nil || named.texts == nil || l.around.Sources == nil {
		return
	}
	for _, name := range named.texts {
		if _, known := l.around.Sources[name]; known {
			return // one of them may send events
		}
	}
	l.warn(r, clause, UnknownSource, "no event matches: event.source is to be %s, which is not configured", alternatives(quotedAll(named.texts)))
}

// phases looks for a flap that sees one phase only: the rule counts closings
// that follow an opening, both of which must meet `when`.
func (l *linter) phases(r *Rule) {
	if r.Flap == nil || r.When == nil || r.When.Split() == nil {
		return
	}
	phase := newValues()
	for i := range r.When.Split().Conjuncts {
		if c := &r.When.Split().Conjuncts[i]; c.Attribute.Name == "anomaly.phase" {
			phase.take(c)
		}
	}
	admits := func(p eventv1.Phase) bool { return phase.admits(float64(p)) }
	closed := admits(eventv1.Phase_PHASE_CLOSED)
	opened := admits(eventv1.Phase_PHASE_OPEN) || admits(eventv1.Phase_PHASE_UPDATED)
	if slices.Contains(r.On, event.KindAnomaly) && (!closed || !opened) {
		l.warn(r, "flap", OnePhase, "when lets %s anomalies through only: flap counts closings that follow an opening and sees none",
			map[bool]string{true: "closed", false: "open"}[closed])
	}
}

// at says where a clause stands, the rule where it has none.
func (r *Rule) at(clause string) place {
	if i := slices.IndexFunc(r.places, func(p clausePlace) bool { return p.clause == clause }); i >= 0 {
		return r.places[i].place
	}
	if name, _, ok := strings.Cut(clause, "["); ok {
		return r.at(name)
	}
	return place{r.Line, r.column}
}

// clausePlace is where a clause's value stands, counted from 1.
type clausePlace struct {
	clause string
	place
}

// takePlaces keeps where the clauses of the rule at hand stand.
func (c *compiler) takePlaces(r *Rule) {
	r.Line, r.column = c.at.Line, c.at.Column
	fields := r.Source.ProtoReflect().Descriptor().Fields()
	for i := 0; i+1 < len(c.at.Content); i += 2 {
		key, value := c.at.Content[i], c.at.Content[i+1]
		fd := fields.ByTextName(key.Value)
		if fd == nil {
			continue
		}
		r.places = append(r.places, clausePlace{string(fd.Name()), place{value.Line, value.Column}})
		if fd.Name() == "given" {
			for n, element := range value.Content {
				r.places = append(r.places, clausePlace{fmt.Sprintf("given[%d]", n), place{element.Line, element.Column}})
			}
		}
	}
}
