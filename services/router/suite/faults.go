package suite

import (
	"cmp"
	"errors"
	"slices"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// err returns every fault.
func (p *parser) err() error {
	var all rule.Errors
	var rest []error
	for _, err := range append([]error{p.doc.Err()}, p.caught...) {
		if faults, ok := errors.AsType[rule.Errors](err); ok {
			all = append(all, faults...)
		} else if err != nil {
			rest = append(rest, err)
		}
	}
	if len(all) > 0 {
		slices.SortStableFunc(all, p.byPlace)
		rest = append(rest, all)
	}
	if len(rest) == 0 && p.doc.Root() == nil {
		return rule.Errors{{File: p.file.Name, Line: 1, Column: 1, Message: "the file is empty: expected rules and tests"}}
	}
	if len(rest) == 1 {
		return rest[0]
	}
	return errors.Join(rest...)
}

// byPlace orders faults of the suite, in which rules may stand, by their places
// and leaves those of other files behind them as they are.
func (p *parser) byPlace(a, b *rule.Problem) int {
	isOwn := func(x *rule.Problem) bool { return x.File == p.file.Name }
	switch {
	case isOwn(a) && isOwn(b):
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	case isOwn(a):
		return -1
	case isOwn(b):
		return 1
	default:
		return 0
	}
}
