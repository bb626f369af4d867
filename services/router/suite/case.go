package suite

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// insteadOfTests says what to do with a file that has none. Of rules by themselves
// one may think that they can be played.
func insteadOfTests(top *object) string {
	rules := top.value["rules"]
	if rules == nil || len(rules.Content) == 0 || rules.Content[0].Kind == yaml.ScalarNode {
		return "expected a list of cases"
	}
	return "these are rules, and no suite that tests them. Check them with signalbox rules lint; " +
		"to test them write a suite, which names their file under rules and tells its cases under tests (signalbox rules test --help has one)"
}

// cases reads the tests.
func (p *parser) cases(top *object) {
	node := top.value["tests"]
	if node == nil {
		p.fail(top.node, "tests is missing: %s", insteadOfTests(top))
		return
	}
	lines := map[string]int{}
	for _, element := range p.list(node, "tests") {
		c := p.oneCase(element)
		if c == nil {
			continue
		}
		if first, taken := lines[c.Name]; taken {
			p.fail(element, "the name %q is taken by the case in line %d", c.Name, first)
		}
		lines[c.Name] = c.Line
		p.suite.Cases = append(p.suite.Cases, c)
	}
	if node.Kind == yaml.SequenceNode && len(node.Content) == 0 {
		p.fail(node, "tests is empty: expected at least one case")
	}
}

func (p *parser) oneCase(node *yaml.Node) *Case {
	o := p.object(node, "a case", "name", "description", "settings", "only", "allow_others", "exact", "inventory", "steps", "expect")
	if o == nil {
		return nil
	}
	c := &Case{Line: node.Line, settings: p.settings, only: p.only, others: p.others, exact: p.exact}
	if name := o.value["name"]; name != nil {
		c.Name = strings.Join(strings.Fields(p.text(name, "name")), " ")
	} else {
		p.fail(node, "name is missing: every case has one")
	}
	if s := o.value["settings"]; s != nil {
		c.settings = p.readSettings(s, c.settings)
	}
	if names := o.value["only"]; names != nil {
		c.only = p.ruleNames(names)
	}
	if flag := o.value["allow_others"]; flag != nil {
		c.others = p.flag(flag, "allow_others")
	}
	if flag := o.value["exact"]; flag != nil {
		c.exact = p.flag(flag, "exact")
	}
	p.story(c, o, "steps")
	if want := o.value["expect"]; want != nil {
		if list := p.object(want, "expect", expectationKeys()...); list != nil {
			if c.want = p.expectations(list); c.want == nil && len(list.node.Content) == 0 {
				p.fail(want, "expected one of %s", strings.Join(expectationKeys(), ", "))
			}
		}
	}
	if o.value["expect"] == nil && !c.expectsSomething() {
		p.fail(node, "the case expects nothing: expected decisions, actions, leases or notifications under expect")
	}
	return c
}

func (c *Case) expectsSomething() bool {
	for _, s := range c.steps {
		if s.want != nil {
			return true
		}
	}
	return c.want != nil
}

// story reads what happens.
func (p *parser) story(c *Case, o *object, word string) {
	p.clock.last = time.Time{}
	if node := o.value["inventory"]; node != nil {
		c.steps = append(c.steps, &step{kind: stepInventory, name: "inventory", line: node.Line, stock: p.inventory(node)})
	}
	node := o.value[word]
	if node == nil {
		p.fail(o.node, "%s is missing: expected a list of what happens", word)
		return
	}
	known := map[string]int{}
	if len(node.Content) > maxSteps {
		p.fail(node, "%d steps: expected at most %d, make several cases of it", len(node.Content), maxSteps)
		return
	}
	for _, element := range p.list(node, word) {
		if s := p.step(element, known); s != nil {
			c.steps = append(c.steps, s)
			p.clock.last = s.at
		}
	}
}
