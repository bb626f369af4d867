package rule

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/signalbox-io/signalbox/pkg/event"
	rulev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/rule/v1"
)

// actions compiles `do`. A rule that acts must have something to do; one that
// is off or in shadow may be without.
func (c *compiler) actions(entries []*rulev1.Do, r *Rule) []Action {
	switch {
	case len(entries) == 0 && (r.Mode == Auto || r.Mode == Suggest):
		c.fail("do", "do is missing: a rule in mode %s has at least one action", r.Mode)
	case len(entries) > maxActions:
		c.fail("do", "%d actions: expected at most %d", len(entries), maxActions)
		return nil
	}
	actions := make([]Action, 0, len(entries))
	for i, entry := range entries {
		path := fmt.Sprintf("do[%d]", i)
		do := entry.ProtoReflect()
		fd := do.WhichOneof(do.Descriptor().Oneofs().ByName("action"))
		if fd == nil {
			if len(c.node(path).Content) == 0 { // else its unknown key is the fault
				c.fail(path, "the entry has no action: expected %s", fieldList(do.Descriptor()))
			}
			continue
		}
		actions = append(actions, c.action(path+"."+string(fd.Name()), SpecOf(string(fd.Name())), do.Get(fd).Message(), r.On))
	}
	return actions
}

// action compiles one action by its description.
func (c *compiler) action(path string, spec *ActionSpec, do protoreflect.Message, kinds []event.Kind) Action {
	a := &actionCompiler{compiler: c, path: path, spec: spec, do: do, kinds: kinds}
	out := Action{Spec: spec}
	if spec.Vendor != noVendor {
		out.Source = c.source(path+".source", a.text("source"), spec.Vendor)
	}
	out.For = a.term()
	operation := spec.Operation.Message().Fields()
	for i := range operation.Len() {
		if fd := operation.Get(i); fd.Name() != "for" && fd.Name() != "until" {
			a.field(fd)
		}
	}
	if len(spec.changes) > 0 && !slices.ContainsFunc(spec.changes, a.has) {
		c.fail(path, "nothing is changed: expected at least one of %s", alternatives(spec.changes))
	}
	out.Fields = a.fields
	return out
}

// term compiles `for`.
func (a *actionCompiler) term() time.Duration {
	fd := a.do.Descriptor().Fields().ByName("for")
	if a.spec.Term == Stays || fd == nil {
		return 0
	}
	written, _ := a.do.Get(fd).Message().Interface().(*durationpb.Duration)
	if !a.do.Has(fd) {
		written = nil
	}
	if a.spec.Term == MustEnd {
		return a.required(a.path+".for", written)
	}
	return a.duration(a.path+".for", written)
}

// IsSubject reports whether a text is a subject that a message can be
// published on: words joined by dots, no blanks, no wildcards.
func IsSubject(text string) bool {
	for word := range strings.SplitSeq(text, ".") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool {
			return r == '*' || r == '>' || unicode.IsSpace(r) || unicode.IsControl(r)
		}) {
			return false
		}
	}
	return true
}
