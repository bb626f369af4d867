package query

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/expr"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// An expression with many faults is told of the first few.
const (
	maxFaults     = 5
	maxFaultRunes = 400
)

// filter is a condition over records of type T; the zero filter lets all pass.
type filter[T proto.Message] struct {
	program *expr.Program
	vars    func(T) expr.Vars
}

// holds reports whether the record passes. One over which the condition has
// no value, or fails, does not.
func (f filter[T]) holds(record T) bool {
	if f.program == nil {
		return true
	}
	ok, err := f.program.Bool(f.vars(record))
	return err == nil && ok
}

// eventFilter compiles a filter over events, in the variables that rules have.
func eventFilter(text string) (filter[*eventv1.Event], error) {
	if text == "" {
		return filter[*eventv1.Event]{}, nil
	}
	program, err := expr.Event(text, expr.Bool)
	if err != nil {
		return filter[*eventv1.Event]{}, filterFault(err)
	}
	return filter[*eventv1.Event]{program: program, vars: expr.EventVars}, nil
}

// messageFilter compiles a filter over one variable of the given name.
func messageFilter[T proto.Message](name string, prototype T, text string) (filter[T], error) {
	if text == "" {
		return filter[T]{}, nil
	}
	program, err := expr.Message(name, prototype, text, expr.Bool)
	if err != nil {
		return filter[T]{}, filterFault(err)
	}
	return filter[T]{program: program, vars: func(record T) expr.Vars { return expr.MessageVars(name, record) }}, nil
}

// filterFault says where in the filter the faults are.
func filterFault(err error) error {
	faults := expr.Faults(err)
	if faults == nil {
		return rpc.FieldViolation("filter", "%s", cut(err.Error(), maxFaultRunes))
	}
	words := make([]string, 0, maxFaults)
	for _, fault := range faults[:min(len(faults), maxFaults)] {
		words = append(words, cut(fault.Error(), maxFaultRunes))
	}
	if more := len(faults) - maxFaults; more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return rpc.FieldViolation("filter", "%s", strings.Join(words, "; "))
}

// cut shortens text to so many characters and makes it valid UTF-8, so that it
// can stand in an answer.
func cut(text string, limit int) string {
	runes := []rune(strings.ToValidUTF8(text, "\uFFFD"))
	if len(runes) <= limit {
		return string(runes)
	}
	return string(runes[:limit]) + "…"
}
