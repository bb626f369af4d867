package suite

import (
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// maxNever bounds each list of what is never touched.
const maxNever = 10_000

// readSettings reads what differs from the settings that hold so far.
func (p *parser) readSettings(node *yaml.Node, s engine.Settings) engine.Settings {
	o := p.object(node, "settings", "max_lateness", "reorder", "wait", "max_keys", "safety")
	if o == nil {
		return s
	}
	if n := o.value["max_lateness"]; n != nil {
		s.MaxLateness = p.duration(n, "max_lateness")
	}
	if n := o.value["reorder"]; n != nil {
		s.Reorder = p.duration(n, "reorder")
	}
	if n := o.value["wait"]; n != nil {
		s.Wait = p.wait(n)
	}
	if n := o.value["max_keys"]; n != nil {
		s.MaxKeys = p.number(n, "max_keys", 1, math.MaxInt32)
	}
	if n := o.value["safety"]; n != nil {
		s.Safety = p.safety(n)
	}
	return s
}

// withoutVendor are the settings of an engine whose actions nobody does.
func withoutVendor(s engine.Settings) engine.Settings {
	s.NoVendor = true
	return s
}

// safety reads the budgets, which are written as in the configuration. What is
// not written refuses nothing.
func (p *parser) safety(node *yaml.Node) *engine.Safety {
	s := &engine.Safety{}
	o := p.object(node, "safety", "max_paused_alerts", "max_actions_per_hour", "never")
	if o == nil {
		return s
	}
	if n := o.value["max_paused_alerts"]; n != nil {
		s.MaxPaused = p.share(n)
	}
	if n := o.value["max_actions_per_hour"]; n != nil {
		s.MaxActionsPerHour = p.number(n, "max_actions_per_hour", 1, math.MaxInt32)
	}
	if n := o.value["never"]; n != nil {
		s.Never = p.never(n)
	}
	return s
}

// share reads a number of alerts or a percentage of them.
func (p *parser) share(node *yaml.Node) engine.Share {
	if before, ok := strings.CutSuffix(node.Value, "%"); ok {
		if percent, err := strconv.Atoi(before); err == nil && percent >= 1 && percent <= 100 {
			return engine.Share{Percent: percent}
		}
		p.fail(node, "max_paused_alerts: expected a number or a share from 1%% to 100%%, got %s", rule.Describe(node))
		return engine.Share{}
	}
	return engine.Share{Number: p.number(node, "max_paused_alerts", 1, math.MaxInt32)}
}

func (p *parser) never(node *yaml.Node) engine.Never {
	n := engine.Never{}
	o := p.object(node, "never", "ids", "titles", "severities", "labels")
	if o == nil {
		return n
	}
	for word, to := range map[string]*[]string{"ids": &n.IDs, "titles": &n.Titles, "severities": &n.Severities, "labels": &n.Labels} {
		if list := o.value[word]; list != nil {
			if *to = p.texts(list, word); len(*to) > maxNever {
				p.fail(list, "%s: expected at most %d", word, maxNever)
			}
		}
	}
	return n
}

// wait reads how long a judgement waits for a cause: one duration for every
// kind, or one for each.
func (p *parser) wait(node *yaml.Node) map[event.Kind]time.Duration {
	out := map[event.Kind]time.Duration{}
	if node.Kind == yaml.ScalarNode {
		length := p.duration(node, "wait")
		for _, kind := range event.Kinds() {
			out[kind] = length
		}
		return out
	}
	var words []string
	for _, kind := range event.Kinds() {
		words = append(words, string(kind))
	}
	if o := p.object(node, "wait", words...); o != nil {
		for _, key := range o.names {
			out[event.Kind(key.Value)] = p.duration(o.value[key.Value], "wait."+key.Value)
		}
	}
	return out
}
