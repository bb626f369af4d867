package engine

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/signalbox-io/signalbox/pkg/expr"
)

// keyOf evaluates key expressions. ok is false where one has no value.
func keyOf(programs []*expr.Program, vars expr.Vars) (key []string, ok bool, err error) {
	key = make([]string, len(programs))
	for i, p := range programs {
		key[i], err = p.Text(vars)
		switch {
		case isAbsent(err):
			return nil, false, nil
		case err != nil:
			return nil, false, fmt.Errorf("key[%d]: %w", i, err)
		}
	}
	return key, true, nil
}

// joinKey makes one text of a key. Each part stands behind its length, so no
// two keys give the same text.
func joinKey(key []string) string {
	var out []byte
	for _, part := range key {
		out = binary.AppendUvarint(out, uint64(len(part)))
		out = append(out, part...)
	}
	return string(out)
}

// holds evaluates a condition; nil holds always, one without a value never.
func holds(condition *expr.Program, vars expr.Vars) (bool, error) {
	if condition == nil {
		return true, nil
	}
	ok, err := condition.Bool(vars)
	if isAbsent(err) {
		return false, nil
	}
	return ok, err
}

// isAbsent reports whether an expression has no value, which is no failure.
func isAbsent(err error) bool {
	return errors.Is(err, expr.ErrAbsent) || errors.Is(err, expr.ErrDivisionByZero)
}
