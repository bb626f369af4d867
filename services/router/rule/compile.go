package rule

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/signalbox-io/signalbox/pkg/duration"
	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	rulev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/rule/v1"
)

// Bounds of what one rule may keep for each key.
const (
	maxAtLeast = 10_000
	maxKeys    = 8
	maxGiven   = 8
	maxActions = 16
	maxLimits  = 8
	// maxLength bounds what is remembered, and how long an alert is paused; it is
	// how long ids are remembered. maxWait bounds how long a judgement waits.
	maxLength = 90 * 24 * time.Hour
	maxWait   = 24 * time.Hour
)

var ruleName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// compiler checks and compiles the rules of one file.
type compiler struct {
	*loading
	decoder *decoder
	file    *rulev1.RuleFile
	root    *yaml.Node // nil if the file could not be read
	at      *yaml.Node // the rule or the mute window at hand
	rules   []*Rule
	content []string
}

// fail reports a fault at a path below what is at hand, or at the nearest thing
// above it that is written in the file.
func (c *compiler) fail(path, format string, args ...any) {
	c.decoder.fail(c.node(path), format, args...)
}

// node returns what stands at a path, or the nearest thing above it.
func (c *compiler) node(path string) *yaml.Node {
	node, _ := find(c.at, path)
	return node
}

// written reports whether the file has something at that path.
func (c *compiler) written(path string) bool {
	_, whole := find(c.at, path)
	return whole
}

// rule compiles one rule. Whatever is wrong with it is reported; the result
// counts only when nothing is.
func (c *compiler) rule(r *rulev1.Rule) {
	c.decoder.rule = ""
	if ruleName.MatchString(r.GetName()) {
		c.decoder.rule = r.GetName()
	}
	defer func() { c.decoder.rule = "" }()
	c.name(r.GetName())
	out := &Rule{
		Name:        r.GetName(),
		Description: r.GetDescription(),
		Mode:        c.mode(r.GetMode()),
		On:          c.kinds(r.GetOn()),
		Mute:        c.mute(r.GetMute()),
		Cooldown:    c.duration("cooldown", r.GetCooldown()),
		StateHash:   event.Hash("state", canonical(r.ProtoReflect(), "on", "when", "key", "count", "given", "hold", "flap")),
		File:        c.decoder.source.name,
		Source:      r,
	}
	c.takePlaces(out)
	out.ApproveWithin = c.approveWithin(r.GetApproveWithin(), out.Mode)
	if len(out.On) == 0 {
		return
	}
	out.When = c.condition("when", r.GetWhen(), out.On)
	out.Key = c.key(r.GetKey(), out.On)
	out.Count = c.count(r.GetCount(), out.On)
	out.Unless = c.condition("unless", r.GetUnless(), out.On)
	out.Given = c.given(r.GetGiven(), len(out.Key))
	out.Flap = c.flap(r.GetFlap(), out.On)
	out.Hold = c.hold(r.GetHold(), out.On)
	out.Limits = c.limits(r.GetLimits(), len(r.GetDo()))
	out.Do = c.actions(r.GetDo(), out)
	c.rules = append(c.rules, out)
}

func (c *compiler) name(name string) {
	if !ruleName.MatchString(name) {
		if !c.written("name") {
			c.fail("name", "name is missing: every rule has one")
			return
		}
		c.fail("name", "name %s: expected a lower-case letter, then up to 62 letters, digits or -", quoted(name))
		return
	}
	node := c.node("name")
	if first, taken := c.names[name]; taken {
		c.fail("name", "name %s is taken: %s has it already", name, first)
		return
	}
	c.names[name] = fmt.Sprintf("%s:%d", c.decoder.source.name, node.Line)
}

func (c *compiler) mode(mode string) Mode {
	switch Mode(mode) {
	case Off, Shadow, Suggest, Auto:
		return Mode(mode)
	}
	if c.written("mode") {
		c.fail("mode", "mode %s: expected off, shadow, suggest or auto", quoted(mode))
	} else {
		c.fail("mode", "mode is missing, nothing acts by accident: expected off, shadow, suggest or auto")
	}
	return Off
}

func (c *compiler) kinds(words []string) []event.Kind {
	if len(words) == 0 {
		c.fail("on", "on is missing: expected at least one of %s", kindList())
	}
	var kinds []event.Kind
	for i, word := range words {
		path := fmt.Sprintf("on[%d]", i)
		kind, ok := event.ParseKind(word)
		switch {
		case !ok:
			c.fail(path, "kind %s: expected %s", quoted(word), kindList())
		case slices.Contains(kinds, kind):
			c.fail(path, "kind %s stands here twice", word)
		default:
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

func kindList() string {
	var words []string
	for _, k := range event.Kinds() {
		words = append(words, string(k))
	}
	return strings.Join(words, ", ")
}

func (c *compiler) key(texts []string, kinds []event.Kind) []*expr.Program {
	if len(texts) == 0 {
		texts = []string{"event.entity"}
	}
	if len(texts) > maxKeys {
		c.fail("key", "%d key expressions: expected at most %d", len(texts), maxKeys)
		return nil
	}
	programs := make([]*expr.Program, len(texts))
	for i, text := range texts {
		programs[i] = c.program(fmt.Sprintf("key[%d]", i), text, expr.Text, kinds)
	}
	return programs
}

// number checks how many of something there are to be.
func (c *compiler) number(path string, n, low int32) {
	switch name := lastOf(path); {
	case n == 0 && !c.written(path):
		c.fail(path, "%s is missing: expected %d to %d", name, low, maxAtLeast)
	case n < low || n > maxAtLeast:
		c.fail(path, "%s is %d: expected %d to %d", name, n, low, maxAtLeast)
	}
}

// required is duration for a field that must be there.
func (c *compiler) required(path string, d *durationpb.Duration) time.Duration {
	if d == nil && !c.written(path) {
		c.fail(path, "%s is missing: expected a duration such as 15m", lastOf(path))
	}
	return c.duration(path, d)
}

func (c *compiler) duration(path string, d *durationpb.Duration) time.Duration {
	if d == nil {
		return 0
	}
	length := d.AsDuration()
	name := lastOf(path)
	switch {
	case length <= 0:
		c.fail(path, "%s is %s: expected more than 0s", name, duration.Format(length))
	case length > maxLength:
		c.fail(path, "%s is %s: expected at most 90d", name, duration.Format(length))
	}
	return length
}
