package rule

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/signalbox-io/signalbox/pkg/duration"
	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	rulev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/rule/v1"
)

// defaultApproval is how long a suggested action waits where the rule does not
// say.
const defaultApproval = 24 * time.Hour

// condition compiles a condition of the rule, nil where none is written.
func (c *compiler) condition(path, text string, kinds []event.Kind) *expr.Program {
	if text == "" && !c.written(path) {
		return nil
	}
	return c.ruleProgram(path, text, expr.Bool, kinds)
}

func (c *compiler) count(count *rulev1.Count, kinds []event.Kind) *Count {
	if count == nil {
		return nil
	}
	c.number("count.at_least", count.GetAtLeast(), 1)
	out := &Count{
		AtLeast: int(count.GetAtLeast()),
		Within:  c.required("count.within", count.GetWithin()),
		Reset:   count.GetReset_(),
	}
	if count.GetDistinct() != "" || c.written("count.distinct") {
		out.Distinct = c.program("count.distinct", count.GetDistinct(), expr.Text, kinds)
	}
	return out
}

func (c *compiler) given(clauses []*rulev1.Given, keys int) []Given {
	if len(clauses) > maxGiven {
		c.fail("given", "%d clauses: expected at most %d", len(clauses), maxGiven)
		return nil
	}
	given := make([]Given, 0, len(clauses))
	for i, clause := range clauses {
		path := fmt.Sprintf("given[%d]", i)
		kind, ok := event.ParseKind(clause.GetOn())
		if !ok {
			c.fail(path+".on", "on %s: expected one of %s", quoted(clause.GetOn()), kindList())
			continue
		}
		given = append(given, c.clause(path, clause, kind, keys))
	}
	return given
}

// clause compiles one clause of given. It reads the other event only, whose
// alert may well be another one than the judged event's: there is no `paused`.
func (c *compiler) clause(path string, clause *rulev1.Given, kind event.Kind, keys int) Given {
	g := Given{
		On: kind, Within: c.required(path+".within", clause.GetWithin()),
		HasWait: clause.GetWait() != nil, Absent: clause.GetAbsent(), AtLeast: 1,
	}
	kinds := []event.Kind{kind}
	if clause.GetWhere() != "" || c.written(path+".where") {
		g.Where = c.program(path+".where", clause.GetWhere(), expr.Bool, kinds)
	}
	if len(clause.GetKey()) != keys {
		c.fail(path+".key", "key has %d expressions: expected %d, one for each of the rule's key", len(clause.GetKey()), keys)
	}
	for i, text := range clause.GetKey()[:min(maxKeys, len(clause.GetKey()))] {
		g.Key = append(g.Key, c.program(fmt.Sprintf("%s.key[%d]", path, i), text, expr.Text, kinds))
	}
	if c.written(path + ".at_least") {
		c.number(path+".at_least", clause.GetAtLeast(), 1)
		g.AtLeast = int(clause.GetAtLeast())
	}
	if g.HasWait {
		g.Wait = c.wait(path+".wait", clause.GetWait())
	}
	return g
}

func (c *compiler) wait(path string, d *durationpb.Duration) time.Duration {
	wait := d.AsDuration()
	switch {
	case wait < 0:
		c.fail(path, "wait is %s: expected 0s or more", duration.Format(wait))
	case wait > maxWait:
		c.fail(path, "wait is %s: expected at most 24h", duration.Format(wait))
	}
	return wait
}

// flap compiles flap. Only anomalies open and close.
func (c *compiler) flap(flap *rulev1.Flap, kinds []event.Kind) *Flap {
	if flap == nil {
		return nil
	}
	if !slices.Contains(kinds, event.KindAnomaly) {
		c.fail("flap", "flap counts anomalies that close: expected anomaly under on")
	}
	c.number("flap.at_least", flap.GetAtLeast(), 2)
	return &Flap{AtLeast: int(flap.GetAtLeast()), Within: c.required("flap.within", flap.GetWithin())}
}

// hold compiles hold. Its condition is asked of events of each of the kinds; one
// without the payload that it reads does not end the match.
func (c *compiler) hold(hold *rulev1.Hold, kinds []event.Kind) *Hold {
	if hold == nil {
		return nil
	}
	out := &Hold{For: c.required("hold.for", hold.GetFor()), UntilKinds: kinds}
	if hold.GetUntil() != "" || c.written("hold.until") {
		out.Until = c.anyProgram("hold.until", hold.GetUntil(), expr.Bool, kinds)
	}
	return out
}

func (c *compiler) limits(limits []*rulev1.Limit, actions int) []Limit {
	if len(limits) > maxLimits {
		c.fail("limits", "%d limits: expected at most %d", len(limits), maxLimits)
		return nil
	}
	var out []Limit
	for i, limit := range limits {
		path := fmt.Sprintf("limits[%d]", i)
		c.number(path+".max", limit.GetMax(), 1)
		out = append(out, Limit{
			Max: int(limit.GetMax()), Per: c.required(path+".per", limit.GetPer()),
			Across: c.across(path+".across", limit.GetAcross(), actions),
		})
	}
	return out
}

func (c *compiler) across(path, word string, actions int) Across {
	all := []string{string(AcrossRule), string(AcrossKey), string(AcrossTarget), string(AcrossSource)}
	across := Across(word)
	switch {
	case word == "" && !c.written(path):
		return AcrossRule
	case !slices.Contains(all, word):
		c.fail(path, "across %s: expected %s", quoted(word), alternatives(all))
	case (across == AcrossTarget || across == AcrossSource) && actions == 0:
		c.fail(path, "across %s counts the rule's actions: expected one under do", word)
	}
	return across
}

// approveWithin compiles approve_within, which only a rule that suggests has.
func (c *compiler) approveWithin(d *durationpb.Duration, mode Mode) time.Duration {
	switch {
	case mode == Suggest && d == nil:
		return defaultApproval
	case mode != Suggest && d != nil && c.written("mode"):
		c.fail("approve_within", "approve_within stands beside mode %s: expected it with mode suggest only", mode)
		return 0
	}
	return c.duration("approve_within", d)
}
