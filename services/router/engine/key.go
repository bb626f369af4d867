package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

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

// maxShownKey is how many bytes of a part of a key are shown; of a longer one
// those at its beginning.
const maxShownKey = 256

// shown returns the key for those who read it.
func shown(key []string) []string {
	if !slices.ContainsFunc(key, func(part string) bool { return len(part) > maxShownKey }) {
		return key
	}
	parts := slices.Clone(key)
	for i, part := range parts {
		parts[i] = clipped(part, maxShownKey)
	}
	return parts
}

// clipped returns the text, of a longer one the beginning.
func clipped(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	return strings.ToValidUTF8(text[:bytes], "") + "…"
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
