package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/signalbox-io/signalbox/pkg/duration"
	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Warning is something in a set that loads and is hardly meant so.
type Warning struct {
	// Code is its kind.
	Code Code
	// File, Line and Column are its place, counted from 1.
	File         string
	Line, Column int
	// Rule names the rule, empty for what belongs to none.
	Rule string
	// Message says what is doubtful, and why.
	Message string
}

// String returns place, rule and message.
func (w Warning) String() string {
	var about string
	if w.Rule != "" {
		about = "rule " + w.Rule + ": "
	}
	return fmt.Sprintf("%s:%d:%d: warning: %s%s [%s]", w.File, w.Line, w.Column, about, w.Message, w.Code)
}

// Surroundings are what is known of the configuration; the zero value knows
// nothing of it.
type Surroundings struct {
	// Sources are the configured sources, nil if they are not known.
	Sources map[string]eventv1.Vendor
	// Wait is for each kind how long after an event a cause may still arrive.
	Wait map[event.Kind]time.Duration
}

// Lint returns what is doubtful in a set, ordered by file and place.
func Lint(set *Set, around Surroundings) []Warning {
	l := &linter{around: around, bodies: map[string]*Rule{}, effects: map[string]*Rule{}}
	for _, r := range set.rules {
		l.rule(r)
	}
	l.windows(set)
	slices.SortStableFunc(l.warnings, func(a, b Warning) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return l.warnings
}

type linter struct {
	around   Surroundings
	bodies   map[string]*Rule // by what they say besides their name
	effects  map[string]*Rule // by when they act, and how
	warnings []Warning
}

// warn adds a warning at a clause of a rule.
func (l *linter) warn(r *Rule, clause string, code Code, format string, args ...any) {
	at := r.at(clause)
	l.warnings = append(l.warnings, Warning{
		Code: code, File: r.File, Line: at.line, Column: at.column, Rule: r.Name, Message: fmt.Sprintf(format, args...),
	})
}

// rule checks one rule. One that is off is not asked for more: somebody is at
// work on it.
func (l *linter) rule(r *Rule) {
	if r.Mode == Off {
		l.warn(r, "mode", RuleIsOff, "mode is off: the rule judges nothing")
		return
	}
	l.condition(r, "when", r.When)
	for i := range r.Given {
		l.clause(r, i)
	}
	l.phases(r)
	l.twins(r)
	if alwaysOpen(r.Mute) {
		l.warn(r, "mute", AlwaysMuted, "the mute windows leave no minute of the week open: the rule never fires")
	}
}

// clause checks a clause of given.
func (l *linter) clause(r *Rule, i int) {
	g, path := &r.Given[i], fmt.Sprintf("given[%d]", i)
	l.condition(r, path, g.Where)
	if needs := l.around.Wait[g.On]; g.HasWait && g.Wait < needs {
		l.warn(r, path, ShortWait, "%s waits %s: a cause of kind %s may arrive %s after it happened, by how often its sources are polled",
			path, duration.Format(g.Wait), g.On, duration.Format(needs.Round(time.Second)))
	}
}

// twins compares the rule with the earlier ones.
func (l *linter) twins(r *Rule) {
	body := canonicalWithout(r.Source.ProtoReflect(), "name", "description")
	effect := canonical(r.Source.ProtoReflect(), "mode", "on", "when", "key", "do")
	switch earlier := l.bodies[body]; {
	case earlier != nil:
		l.warn(r, "name", SameRule, "it says what rule %s in %s:%d says: both act on every event", earlier.Name, earlier.File, earlier.Line)
	case len(r.Do) > 0 && l.effects[effect] != nil:
		earlier = l.effects[effect]
		l.warn(r, "name", SameActions, "it does what rule %s in %s:%d does, with the same on, when and key: both may act on one event",
			earlier.Name, earlier.File, earlier.Line)
	default:
		l.bodies[body] = r
	}
	if l.effects[effect] == nil {
		l.effects[effect] = r
	}
}

// windows finds mute windows that no rule names.
func (l *linter) windows(set *Set) {
	used := map[*MuteWindow]bool{}
	for _, r := range set.rules {
		for _, w := range r.Mute {
			used[w] = true
		}
	}
	for _, w := range set.windows {
		if !used[w] {
			l.warnings = append(l.warnings, Warning{
				Code: UnusedWindow, File: w.File, Line: w.Line, Column: w.Column,
				Message: "no rule names mute window " + w.Name,
			})
		}
	}
}

// alwaysOpen tells whether windows of one zone together cover the week.
func alwaysOpen(windows []*MuteWindow) bool {
	const day = 24 * 60
	byZone := map[string][]bool{}
	for _, w := range windows {
		week := byZone[w.Zone.String()]
		if week == nil {
			week = make([]bool, 7*day)
			byZone[w.Zone.String()] = week
		}
		length := (w.To - w.From + day - 1) % day // minutes after the first one
		for weekday, starts := range w.Days {
			for minute := 0; starts && minute <= length; minute++ {
				week[(weekday*day+w.From+minute)%len(week)] = true
			}
		}
	}
	for _, week := range byZone {
		if !slices.Contains(week, false) {
			return true
		}
	}
	return false
}
