package matchbench

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/match"
)

// Set is a sort of rules.
type Set string

// The sets.
const (
	// Disjoint rules each have a label's value of their own.
	Disjoint Set = "disjoint"
	// Overlapping rules compare attributes of few values; 1 % hold.
	Overlapping Set = "overlapping"
	// Numeric rules compare three measures and nothing else; 1 % hold.
	Numeric Set = "numeric"
	// Strings are prefixes, parts, regular expressions and lists of 20.
	Strings Set = "strings"
	// Mixed is 70 % disjoint, 15 % overlapping, 10 % strings, 5 % numeric.
	Mixed Set = "mixed"
	// Skewed is Mixed, each rule on one and the same value of a label besides.
	Skewed Set = "skewed"
)

// Sets returns every set, in the order of the report.
func Sets() []Set { return []Set{Disjoint, Overlapping, Numeric, Strings, Mixed, Skewed} }

// rule is a condition's text and what makes an event satisfy its equalities.
type rule struct {
	text string
	aim  func(*eventv1.Event)
}

// maker makes rules and events of one seed.
type maker struct{ *rand.Rand }

func newMaker() maker { return maker{rand.New(rand.NewPCG(7, 11))} } //nolint:gosec // the same rules and events each time, nothing secret

// hot is the value that skewed rules have in common.
const hot = "everywhere"

func (k maker) rule(set Set, i int) rule {
	switch set {
	case Disjoint:
		return k.disjoint(i)
	case Overlapping:
		return k.overlapping()
	case Numeric:
		return rule{text: k.measures(3, 0.21)}
	case Strings:
		return k.strings(i)
	case Skewed:
		r := k.rule(Mixed, i)
		r.text = fmt.Sprintf("labels.scope == %q && %s", hot, r.text)
		return r
	default:
		switch share := i % 20; {
		case share < 14:
			return k.disjoint(i)
		case share < 17:
			return k.overlapping()
		case share < 19:
			return k.strings(i/20*2 + share)
		default:
			return k.rule(Numeric, i)
		}
	}
}

func (k maker) disjoint(i int) rule {
	source, campaign := k.source(), fmt.Sprintf("campaign-%d", i)
	text := fmt.Sprintf("event.source == %q && labels.campaign == %q && %s", source, campaign, k.measures(1, 0.5))
	return rule{text, func(e *eventv1.Event) { e.Source, e.Labels["campaign"] = source, campaign }}
}

func (k maker) overlapping() rule {
	severity, a, b := k.severity(), k.region(), k.region()
	short := strings.TrimPrefix(severity.String(), "SEVERITY_")
	text := fmt.Sprintf("event.severity == %s && labels.region in [%q, %q] && %s", short, a, b, k.measures(2, 0.4))
	return rule{text, func(e *eventv1.Event) { e.Severity, e.Labels["region"] = severity, a }}
}

// measures compares n different measures so that each comparison holds for
// the share of events.
func (k maker) measures(n int, share float64) string {
	parts := make([]string, n)
	for i, m := range k.Perm(measureCount)[:n] {
		part := share + (k.Float64()-0.5)*share/2
		if k.IntN(2) == 0 {
			parts[i] = fmt.Sprintf("traffic.measures.m%d > %.4f", m, 1-part)
		} else {
			parts[i] = fmt.Sprintf("traffic.measures.m%d <= %.4f", m, part)
		}
	}
	return strings.Join(parts, " && ")
}

func (k maker) strings(i int) rule {
	source := k.source()
	two, third := k.words(2), k.words(1)
	onSource := fmt.Sprintf(" && event.source == %q", source)
	switch i % 4 {
	case 0:
		return rule{fmt.Sprintf("event.title.startsWith(%q)", two) + onSource, func(e *eventv1.Event) {
			e.Source, e.Title = source, two+" "+e.GetTitle()
		}}
	case 1:
		return rule{fmt.Sprintf("event.title.contains(%q)", two) + onSource, func(e *eventv1.Event) {
			e.Source, e.Title = source, e.GetTitle()+" "+two
		}}
	case 2:
		return rule{fmt.Sprintf("event.title.matches(%q)", two+".*"+third) + onSource, func(e *eventv1.Event) {
			e.Source, e.Title = source, two+" "+e.GetTitle()+" "+third
		}}
	default:
		sites := make([]string, 20)
		for j := range sites {
			sites[j] = fmt.Sprintf("%q", k.site())
		}
		first := strings.Trim(sites[0], `"`)
		return rule{"labels.site in [" + strings.Join(sites, ", ") + "]", func(e *eventv1.Event) { e.Labels["site"] = first }}
	}
}

// Conditions compiles the first n rules of a set.
func conditions(set Set, n int) ([]match.Condition, []rule, error) {
	k := newMaker()
	list, rules := make([]match.Condition, n), make([]rule, n)
	for i := range list {
		rules[i] = k.rule(set, i)
		program, err := expr.Rule(rules[i].text, expr.Bool, event.KindTraffic)
		if err != nil {
			return nil, nil, fmt.Errorf("compile %s: %w", rules[i].text, err)
		}
		list[i] = match.Condition{Kinds: []event.Kind{event.KindTraffic}, Program: program}
	}
	return list, rules, nil
}
