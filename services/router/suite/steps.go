package suite

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// stock is every alert of some sources.
type stock []*routerv1.Inventory

// verb is a word that makes a step something else than an event.
type verb struct {
	word string
	kind stepKind
	// besides are the words that may stand with it.
	besides []string
}

func verbs() []verb {
	who := []string{"at", "by", "rule", "type", "target", "source", "expect"}
	return []verb{
		{"now", stepNow, []string{"expect"}},
		{"approve", stepApprove, who},
		{"reject", stepReject, who},
		{"override", stepOverride, []string{"at", "source", "expect"}},
		{"ended", stepEnded, []string{"at", "state", "rule", "type", "target", "source", "expect"}},
		{"inventory", stepInventory, []string{"at", "expect"}},
		{"reload", stepReload, []string{"at", "expect"}},
		{"restart", stepRestart, []string{"at", "expect"}},
	}
}

// step reads one step. known holds the lines of the events' ids.
func (p *parser) step(node *yaml.Node, known map[string]int) *step {
	if node.Kind != yaml.MappingNode {
		p.fail(node, "a step: expected a mapping, got %s", rule.Describe(node))
		return nil
	}
	for _, v := range verbs() {
		if has(node, v.word) {
			return p.verb(node, v)
		}
	}
	if !has(node, "id") {
		var words []string
		for _, v := range verbs() {
			words = append(words, v.word)
		}
		p.fail(node, "a step: expected an event, which has an id, or one of %s", strings.Join(words, ", "))
		return nil
	}
	return p.eventStep(node, known)
}

func has(node *yaml.Node, word string) bool {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == word {
			return true
		}
	}
	return false
}

// verb reads a step that is no event.
func (p *parser) verb(node *yaml.Node, v verb) *step {
	o := p.object(node, "a step", append([]string{v.word}, v.besides...)...)
	if o == nil {
		return nil
	}
	s := &step{kind: v.kind, name: v.word, line: node.Line, at: p.clock.last}
	if at := o.value["at"]; at != nil {
		s.at = p.time(at, "at")
	}
	value := o.value[v.word]
	switch v.kind {
	case stepNow:
		s.at = p.time(value, "now")
	case stepInventory:
		s.stock = p.inventory(value)
	case stepReload:
		s.reload = p.reload(value)
	case stepRestart:
		if !p.flag(value, "restart") {
			p.fail(value, "restart: expected true")
		}
	default:
		p.subject(s, o, v)
	}
	s.want = p.stepWants(o)
	return s
}

// subject reads whom or what the step is about.
func (p *parser) subject(s *step, o *object, v verb) {
	about := p.text(o.value[v.word], v.word)
	s.name += " " + about
	s.subject.event = about
	if v.kind == stepOverride {
		s.subject = reference{target: about}
	}
	s.by = "somebody"
	for word, to := range map[string]*string{
		"rule": &s.subject.rule, "type": &s.subject.kind, "source": &s.subject.source,
		"by": &s.by, "state": &s.subject.state,
	} {
		if n := o.value[word]; n != nil {
			*to = p.text(n, word)
		}
	}
	if n := o.value["target"]; n != nil {
		s.subject.target = p.text(n, "target")
	}
	if v.kind == stepEnded {
		p.endState(s, o)
	}
}

// endState checks how an action ended.
func (p *parser) endState(s *step, o *object) {
	words := []string{"DONE", "FAILED", "REFUSED", "EXPIRED"}
	node := cmp.Or(o.value["state"], o.node)
	if !slices.Contains(words, s.subject.state) {
		p.fail(node, "state: expected how the action ended: %s", strings.Join(words, ", "))
		return
	}
	if _, ok := actionv1.State_value["STATE_"+s.subject.state]; !ok {
		p.fail(node, "state %s is not known", s.subject.state)
	}
}

func (p *parser) stepWants(o *object) *expectations {
	node := o.value["expect"]
	if node == nil {
		return nil
	}
	list := p.object(node, "expect", expectationKeys()...)
	if list == nil {
		return nil
	}
	want := p.expectations(list)
	if want == nil {
		p.fail(node, "expected one of %s", strings.Join(expectationKeys(), ", "))
	}
	return want
}

// eventStep reads an event, with what the suite says of all of them.
func (p *parser) eventStep(node *yaml.Node, known map[string]int) *step {
	e := proto.CloneOf(p.template)
	p.fill(node, e.ProtoReflect(), "an event", "stored", "again", "expect")
	o := &object{node: node, value: map[string]*yaml.Node{}}
	for i := 0; i+1 < len(node.Content); i += 2 {
		o.value[node.Content[i].Value] = node.Content[i+1]
	}
	s := &step{kind: stepEvent, name: e.GetId(), line: node.Line, want: p.stepWants(o)}
	if e.GetNativeId() == "" {
		e.NativeId = "native-" + e.GetId()
	}
	p.identity(o, s, known)
	if e.GetOccurredAt() == nil {
		e.OccurredAt = timestamppb.New(p.clock.from())
		if p.clock.last.IsZero() {
			p.fail(node, "at is missing: expected when the first event happened")
		}
	}
	if err := event.Validate(e); err != nil {
		p.fail(node, "%s", err)
	}
	s.at = storedAt(e.GetOccurredAt(), e.GetObservedAt())
	if stored := o.value["stored"]; stored != nil {
		s.at = p.time(stored, "stored")
	} else if s.at.Before(p.clock.last) {
		s.at = p.clock.last // a suite's clock does not go back by itself
	}
	s.event = engine.Input{Event: e, Time: s.at}
	return s
}

// identity refuses an id that stands for another event, unless the step says
// that it is delivered again.
func (p *parser) identity(o *object, s *step, known map[string]int) {
	again := p.again
	if node := o.value["again"]; node != nil {
		again = p.flag(node, "again")
	}
	first, taken := known[s.name]
	s.twice = taken
	if taken && !again {
		p.fail(o.value["id"], "the id %q is taken by the event in line %d: write again: true for a second delivery", s.name, first)
	}
	if !taken {
		known[s.name] = o.node.Line
	}
}

// storedAt is when the stream stores an event: when it was seen, or else when
// it happened.
func storedAt(occurred, observed *timestamppb.Timestamp) time.Time {
	if observed != nil {
		return observed.AsTime()
	}
	return occurred.AsTime()
}
