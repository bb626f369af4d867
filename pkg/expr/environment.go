package expr

import (
	"fmt"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Limits of one expression. They are far above what people write and low
// enough that the worst expression costs milliseconds.
const (
	maxExpressionChars = 16 << 10
	maxNodes           = 2000
	maxParserDepth     = 60
	maxRegexProgram    = 1000
	maxNesting         = 2
	maxCost            = 200_000
	maxMemory          = 1 << 20
)

// environment is a CEL environment with what the rewriting of an expression
// must know of it. It does not change after it is made.
type environment struct {
	env       *cel.Env
	provider  *provider
	variables map[string]*types.Type
	// enums holds every enum that has a value of the short name.
	enums map[string][]protoreflect.EnumDescriptor
	// flat holds the fields that are variables of their own: reading
	// `event.source` as one variable is several times faster than reading a
	// field of a message.
	flat map[string]flatField
}

// flatField is a field of the event or of its payload.
type flatField struct {
	slot int
	kind event.Kind // "" for fields of the event itself
	fd   protoreflect.FieldDescriptor
}

// eventEnvironment is made once: it takes longer than to compile a hundred
// rules, and it is immutable.
//
//nolint:gochecknoglobals // an immutable table that is too costly to build for each expression
var eventEnvironment = sync.OnceValues(newEventEnvironment)

// ruleEnvironment is made once, as [eventEnvironment] is, which it extends.
//
//nolint:gochecknoglobals // an immutable table that is too costly to build for each expression
var ruleEnvironment = sync.OnceValues(func() (*environment, error) {
	e, err := describeEvent()
	if err != nil {
		return nil, err
	}
	e.variables[pausedName] = types.BoolType
	return e, e.build()
})

// rowEnvironment is made once, as [eventEnvironment] is.
//
//nolint:gochecknoglobals // an immutable table that is too costly to build for each expression
var rowEnvironment = sync.OnceValues(func() (*environment, error) {
	e, err := newEnvironment()
	if err != nil {
		return nil, err
	}
	e.variables["row"] = types.NewMapType(types.StringType, types.DynType)
	return e, e.build()
})

func newEventEnvironment() (*environment, error) {
	e, err := describeEvent()
	if err != nil {
		return nil, err
	}
	return e, e.build()
}

// describeEvent declares the variables of an event. The slots of its flat
// fields are the same in every environment made of it.
func describeEvent() (*environment, error) {
	e, err := newEnvironment()
	if err != nil {
		return nil, err
	}
	md := (*eventv1.Event)(nil).ProtoReflect().Descriptor()
	e.addMessage("event", md)
	e.addFlat("event", "", md)
	e.variables["labels"] = types.NewMapType(types.StringType, types.StringType)
	for _, kind := range event.Kinds() {
		payload := md.Fields().ByName(protoreflect.Name(kind)).Message()
		e.addMessage(string(kind), payload)
		e.addFlat(string(kind), kind, payload)
	}
	return e, nil
}

func newMessageEnvironment(name string, md protoreflect.MessageDescriptor) (*environment, error) {
	e, err := newEnvironment()
	if err != nil {
		return nil, err
	}
	e.addMessage(name, md)
	return e, e.build()
}

func newEnvironment() (*environment, error) {
	p, err := newProvider()
	if err != nil {
		return nil, err
	}
	return &environment{
		provider:  p,
		variables: map[string]*types.Type{},
		enums:     map[string][]protoreflect.EnumDescriptor{},
		flat:      map[string]flatField{},
	}, nil
}

// addMessage declares a variable and the enums that can be reached from it.
func (e *environment) addMessage(name string, md protoreflect.MessageDescriptor) {
	e.variables[name] = messageType(md)
	e.addEnums(md, map[protoreflect.FullName]bool{})
}

func (e *environment) addEnums(md protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) {
	if seen[md.FullName()] {
		return
	}
	seen[md.FullName()] = true
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		switch {
		case fd.Enum() != nil:
			e.addEnum(fd.Enum())
		case fd.Message() != nil:
			e.addEnums(fd.Message(), seen)
		}
	}
}

func (e *environment) addEnum(ed protoreflect.EnumDescriptor) {
	for i := range ed.Values().Len() {
		name := shortName(ed, ed.Values().Get(i))
		known := false
		for _, other := range e.enums[name] {
			known = known || other.FullName() == ed.FullName()
		}
		if !known {
			e.enums[name] = append(e.enums[name], ed)
		}
	}
}

// addFlat declares the fields of a message that are no messages themselves.
func (e *environment) addFlat(prefix string, kind event.Kind, md protoreflect.MessageDescriptor) {
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if fieldType(fd).Kind() == types.StructKind {
			continue
		}
		name := prefix + "." + string(fd.Name())
		e.flat[name] = flatField{slot: len(e.flat), kind: kind, fd: fd}
	}
}

// build makes the CEL environment of what was declared.
func (e *environment) build() error {
	options := []cel.EnvOption{
		cel.CustomTypeProvider(e.provider),
		cel.CustomTypeAdapter(e.provider),
		cel.StdLib(cel.StdLibSubset(&env.LibrarySubset{ExcludeFunctions: []*env.Function{{Name: "_/_"}}})),
		divide(),
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.ParserExpressionSizeLimit(maxExpressionChars),
		cel.ParserRecursionLimit(maxParserDepth),
		cel.ExpressionNodeLimit(maxNodes),
		cel.RegexProgramSizeLimit(maxRegexProgram),
		cel.ASTValidators(
			cel.ValidateRegexLiterals(),
			cel.ValidateTimestampLiterals(),
			cel.ValidateDurationLiterals(),
			cel.ValidateRegexProgramSizeLimit(maxRegexProgram),
			cel.ValidateComprehensionNestingLimit(maxNesting),
		),
	}
	options = append(options, textFunctions()...)
	for name, t := range e.variables {
		options = append(options, cel.Variable(name, t))
	}
	for name, field := range e.flat {
		options = append(options, cel.Variable(name, fieldType(field.fd)))
	}
	options = append(options, e.constants()...)
	built, err := cel.NewCustomEnv(options...)
	if err != nil {
		return fmt.Errorf("create expression environment: %w", err)
	}
	e.env = built
	return nil
}

// constants declares each enum value by its full name, and by its short name
// where only one enum has it.
func (e *environment) constants() []cel.EnvOption {
	var options []cel.EnvOption
	for short, enums := range e.enums {
		for _, ed := range enums {
			vd := valueByShortName(ed, short)
			value := newEnumValue(ed, vd.Number())
			options = append(options, cel.Constant(string(vd.Name()), value.enum, value))
			if len(enums) == 1 && short != string(vd.Name()) {
				options = append(options, cel.Constant(short, value.enum, value))
			}
		}
	}
	return options
}

func valueByShortName(ed protoreflect.EnumDescriptor, short string) protoreflect.EnumValueDescriptor {
	for i := range ed.Values().Len() {
		if vd := ed.Values().Get(i); shortName(ed, vd) == short {
			return vd
		}
	}
	return nil
}
