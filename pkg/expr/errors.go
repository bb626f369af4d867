package expr

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/common/types"
)

// ErrAbsent is the error of an expression whose value is not there: it reads
// a label, measure, column or optional field that the event does not have.
var ErrAbsent = errors.New("no value")

// ErrDivisionByZero is the error of an expression that divides by zero.
var ErrDivisionByZero = errors.New("division by zero has no value")

// HasNoValue reports whether an evaluation ended without a value, which is no
// failure: the condition does not hold, the text cannot be written.
func HasNoValue(err error) bool {
	return errors.Is(err, ErrAbsent) || errors.Is(err, ErrDivisionByZero)
}

// errTooLarge keeps functions that build text from building too much of it.
var errTooLarge = fmt.Errorf("text of more than %d bytes", maxTextBytes)

// Error is one fault of an expression's text, found while it is compiled.
type Error struct {
	// Line counts from 1 within the text.
	Line int
	// Column counts characters from 1 within the line.
	Column int
	// Message says what is wrong and what was expected.
	Message string
}

// Error returns the place and the message.
func (e *Error) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
}

// Errors are all faults of one text. It holds at least one.
type Errors []*Error

// Error returns the faults, one a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes the single faults visible to errors.As.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, one := range e {
		list[i] = one
	}
	return list
}

// Faults returns every fault of a text that err tells of, nil when err is not
// about a text.
func Faults(err error) []*Error {
	if all, ok := errors.AsType[Errors](err); ok {
		return all
	}
	if one, ok := errors.AsType[*Error](err); ok {
		return []*Error{one}
	}
	return nil
}

// faults turns the collected faults into one error, nil for none.
func faults(list []*Error) error {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	default:
		return Errors(list)
	}
}

// absent is the error of the named thing that is not there.
func absent(what string) error {
	return fmt.Errorf("%s is absent: %w", what, ErrAbsent)
}

// absentValue is absent as CEL carries it.
func absentValue(what string) *types.Err {
	return types.WrapErr(absent(what)).(*types.Err)
}

// evalError gives CEL's run-time errors the identities of this package. CEL
// has no type for a missing key or index, only its words.
func evalError(err error) error {
	if errors.Is(err, ErrAbsent) || errors.Is(err, ErrDivisionByZero) {
		return err
	}
	text := err.Error()
	for _, prefix := range []string{"no such key: ", "index out of bounds: ", "no such attribute(s): "} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			return absent(rest)
		}
	}
	return err
}
