package poll

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Expressions are labels computed by expressions over the event.
type Expressions struct {
	names    []string
	programs map[string]*expr.Program
}

// CompileLabels compiles the labels of a source: expressions by label name.
// The error names every label that does not compile.
func CompileLabels(texts map[string]string) (*Expressions, error) {
	x := &Expressions{names: slices.Sorted(maps.Keys(texts)), programs: make(map[string]*expr.Program, len(texts))}
	var faults []error
	for _, name := range x.names {
		program, err := expr.Event(texts[name], expr.Text)
		if err != nil {
			faults = append(faults, fmt.Errorf("labels.%s: %w", name, err))
			continue
		}
		x.programs[name] = program
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return x, nil
}

// Labels computes the labels. Each sees the event without the others. A label
// whose value is an empty text is left out. One that fails comes with the event and
// the expression, for the log.
func (x *Expressions) Labels(e *eventv1.Event) (labels, failed map[string]string) {
	if len(x.names) == 0 {
		return nil, nil
	}
	labels, failed = make(map[string]string, len(x.names)), map[string]string{}
	vars := expr.EventVars(e)
	for _, name := range x.names {
		text, err := x.programs[name].Text(vars)
		if err != nil {
			failed[name] = fmt.Sprintf("labels.%s: `%s`: %v, of event %.100s; mend the expression where it should have a value",
				name, x.programs[name], err, e.GetNativeId())
		} else if text != "" {
			labels[name] = text
		}
	}
	return labels, failed
}
