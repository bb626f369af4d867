package rule

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
)

// maxValuesOfAction bounds the values of one field of an action.
const maxValuesOfAction = 500

// actionCompiler compiles the fields of one action from the rule's message
// into those of its operation.
type actionCompiler struct {
	*compiler
	path   string
	spec   *ActionSpec
	do     protoreflect.Message
	kinds  []event.Kind
	fields []Field
}

// value returns the field of the rule's message and whether it holds
// something.
func (a *actionCompiler) value(name protoreflect.Name) (protoreflect.Value, bool) {
	fd := a.do.Descriptor().Fields().ByName(name)
	return a.do.Get(fd), a.do.Has(fd)
}

func (a *actionCompiler) text(name protoreflect.Name) string {
	value, _ := a.value(name)
	return value.String()
}

// has reports whether the rule's message has something in a field.
func (a *actionCompiler) has(name string) bool {
	_, has := a.value(protoreflect.Name(name))
	return has
}

// field compiles one field of the operation by its type.
func (a *actionCompiler) field(fd protoreflect.FieldDescriptor) {
	want := a.spec.fields[string(fd.Name())]
	value, has := a.value(fd.Name())
	at := a.path + "." + string(fd.Name())
	switch {
	case fd.IsMap():
		a.texts(fd, at, want, value.Map())
	case fd.IsList():
		a.list(fd, at, want, value.List())
	case fd.Kind() == protoreflect.BoolKind:
		if has {
			a.add(Field{Path: string(fd.Name()), Descriptor: fd, Fixed: value})
		}
	case fd.Kind() == protoreflect.StringKind:
		a.scalar(fd, at, want, value.String())
	case isStruct(fd):
		a.configuration(fd, at, value.Message())
	default: // a number or a time
		a.measure(fd, at, want, value.String())
	}
}

func (a *actionCompiler) add(f Field) { a.fields = append(a.fields, f) }

// scalar compiles one text.
func (a *actionCompiler) scalar(fd protoreflect.FieldDescriptor, at string, want fieldSpec, text string) {
	f := Field{Path: string(fd.Name()), Descriptor: fd, MayBeEmpty: want.mayBeEmpty}
	switch {
	case len(want.words) > 0:
		f.Fixed = protoreflect.ValueOfString(a.word(at, want.words, text))
	case text == "" && want.optional:
		return
	default:
		f.Text = a.template(at, text, a.kinds)
		a.subject(at, want, f.Text)
	}
	a.add(f)
}

// word returns one of the words, the first one for none.
func (a *actionCompiler) word(at string, words []string, text string) string {
	switch {
	case text == "" && !a.written(at):
		return words[0]
	case !slices.Contains(words, text):
		a.fail(at, "%s %s: expected %s, without ${}", lastOf(at), quoted(text), strings.Join(words, " or "))
	}
	return text
}

// subject checks a subject that the event has no part in.
func (a *actionCompiler) subject(at string, want fieldSpec, text *expr.TextTemplate) {
	if !want.subject || text == nil {
		return
	}
	if constant, ok := text.Constant(); ok && !IsSubject(constant) {
		a.fail(at, "subject %q: expected words joined by dots, without blanks, * and >", constant)
	}
}

// few returns so many values as an action may have, reporting more.
func (a *actionCompiler) few(at string, n int) int {
	if n > maxValuesOfAction {
		a.fail(at, "%d values: expected at most %d", n, maxValuesOfAction)
	}
	return min(n, maxValuesOfAction)
}

func (a *actionCompiler) list(fd protoreflect.FieldDescriptor, at string, want fieldSpec, list protoreflect.List) {
	if list.Len() == 0 && !want.optional {
		a.fail(at, "%s are missing: expected %s", fd.Name(), want.what)
	}
	for i := range a.few(at, list.Len()) {
		path := fmt.Sprintf("%s[%d]", fd.Name(), i)
		a.add(Field{Path: path, Descriptor: fd, Text: a.template(a.path+"."+path, list.Get(i).String(), a.kinds)})
	}
}

func (a *actionCompiler) texts(fd protoreflect.FieldDescriptor, at string, want fieldSpec, texts protoreflect.Map) {
	if a.few(at, texts.Len()) < texts.Len() {
		return
	}
	byName := map[string]string{}
	texts.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		byName[k.String()] = v.String()
		return true
	})
	if _, has := byName[want.needs]; want.needs != "" && !has {
		a.fail(at, "%s.%s is missing: expected %s", fd.Name(), want.needs, want.what)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		f := Field{Path: join(string(fd.Name()), name), Descriptor: fd, Key: name, MayBeEmpty: want.mayBeEmpty}
		if text := byName[name]; text == "" && want.mayBeEmpty {
			f.Text = &expr.TextTemplate{}
		} else {
			f.Text = a.template(join(at, name), text, a.kinds)
		}
		a.add(f)
	}
}

// measure compiles a text that gives a number or a time: a plain one, or one
// `${…}` whose value is one.
func (a *actionCompiler) measure(fd protoreflect.FieldDescriptor, at string, want fieldSpec, text string) {
	f := Field{Path: string(fd.Name()), Descriptor: fd}
	result := expr.Number
	if fd.Kind() == protoreflect.MessageKind {
		result = expr.Time
	}
	inner, isExpression := strings.CutPrefix(text, "${")
	switch {
	case text == "" && want.absent != "" && !a.written(at):
		f.Value = a.ruleProgram(at, want.absent, result, a.kinds)
	case text == "":
		a.fail(at, "%s is missing: expected %s", lastOf(at), wantedValue(result))
	case isExpression && strings.HasSuffix(inner, "}"):
		f.Value = a.ruleProgramIn(at, strings.TrimSuffix(inner, "}"), len("${"), result, a.kinds)
	default:
		f.Fixed = a.fixed(at, text, result)
	}
	a.add(f)
}

// fixed reads a number or a time that is written out.
func (a *actionCompiler) fixed(at, text string, result expr.Result) protoreflect.Value {
	if result == expr.Time {
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil && timestamppb.New(t).IsValid() {
			return protoreflect.ValueOfMessage(timestamppb.New(t).ProtoReflect())
		}
	} else if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
		return protoreflect.ValueOfFloat64(n)
	}
	a.fail(at, "%s %s: expected %s", lastOf(at), quoted(text), wantedValue(result))
	return protoreflect.Value{}
}

func wantedValue(result expr.Result) string {
	if result == expr.Time {
		return "a time such as 2026-01-31T12:00:00Z, or one ${…} that gives a time"
	}
	return "a number, or one ${…} that gives a number"
}

func isStruct(fd protoreflect.FieldDescriptor) bool {
	return fd.Kind() == protoreflect.MessageKind && fd.Message().FullName() == "google.protobuf.Struct"
}
