package rule

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/expr"
)

// values are what an attribute may be for a condition to hold.
type values struct {
	// texts and numbers are the only ones, nil for any.
	texts   []string
	numbers []float64
	// low and high are the bounds of a number; open ones lie outside themselves.
	low, high         float64
	lowOpen, highOpen bool
	prefixes          [][]string // one of each must begin the text
	without           []expr.Conjunct
	isIn, isOut       bool // has() is to be true, or false
	isTrue, isFalse   bool
	none              bool // two lists have nothing in common
}

func newValues() *values { return &values{low: math.Inf(-1), high: math.Inf(1)} }

// take narrows the values by one comparison.
func (v *values) take(c *expr.Conjunct) {
	switch {
	case c.Op == expr.OpHas:
		v.isIn, v.isOut = v.isIn || !c.Not, v.isOut || c.Not
		return
	case c.Op == expr.OpTrue:
		v.isTrue, v.isFalse = v.isTrue || !c.Not, v.isFalse || c.Not
	case c.Not:
		v.without = append(v.without, *c)
	case c.Op == expr.OpIn:
		v.texts, v.numbers = commonOf(v, v.texts, c.Texts), commonOf(v, v.numbers, c.Numbers)
	case c.Op == expr.OpPrefix:
		v.prefixes = append(v.prefixes, c.Texts)
	case c.Op == expr.OpGreater || c.Op == expr.OpGreaterEqual:
		v.raise(c.Numbers[0], c.Op == expr.OpGreater)
	case c.Op == expr.OpLess || c.Op == expr.OpLessEqual:
		v.lower(c.Numbers[0], c.Op == expr.OpLess)
	}
	// No comparison holds on an entry that is not there; a text that says nothing
	// is there all the same.
	v.isIn = v.isIn || c.Attribute.Key != ""
}

// commonOf returns what both lists have; nil is any.
func commonOf[T comparable](v *values, have, more []T) []T {
	if len(more) == 0 {
		return have
	}
	if have == nil {
		return slices.Clone(more)
	}
	both := slices.DeleteFunc(slices.Clone(have), func(x T) bool { return !slices.Contains(more, x) })
	v.none = v.none || len(both) == 0
	return both
}

func (v *values) raise(low float64, open bool) {
	if low > v.low || low == v.low && open {
		v.low, v.lowOpen = low, open
	}
}

func (v *values) lower(high float64, open bool) {
	if high < v.high || high == v.high && open {
		v.high, v.highOpen = high, open
	}
}

// impossible says why no value is left, "" if one may be.
func (v *values) impossible() string {
	switch {
	case v.none:
		return "cannot be two things at once"
	case v.isIn && v.isOut:
		return "cannot be compared where it is not there"
	case v.isTrue && v.isFalse:
		return "cannot be both true and false"
	case v.low > v.high || v.low == v.high && (v.lowOpen || v.highOpen):
		return fmt.Sprintf("cannot be above %s and below %s", shortNumber(v.low), shortNumber(v.high))
	case v.texts != nil && !slices.ContainsFunc(v.texts, v.admitsText):
		return "cannot be " + alternatives(quotedAll(v.texts)) + ", which another part excludes"
	case v.numbers != nil && !slices.ContainsFunc(v.numbers, v.admits):
		return "cannot be what another part excludes"
	case v.prefixesExclude():
		return "cannot begin in two ways"
	}
	return ""
}

// admits tells whether a number is left.
func (v *values) admits(n float64) bool {
	if n < v.low || n > v.high || n == v.low && v.lowOpen || n == v.high && v.highOpen ||
		v.numbers != nil && !slices.Contains(v.numbers, n) {
		return false
	}
	return !slices.ContainsFunc(v.without, func(c expr.Conjunct) bool {
		return c.Op == expr.OpIn && slices.Contains(c.Numbers, n)
	})
}

func (v *values) admitsText(text string) bool {
	for _, prefixes := range v.prefixes {
		if !beginsWith(text, prefixes) {
			return false
		}
	}
	return !slices.ContainsFunc(v.without, func(c expr.Conjunct) bool {
		return c.Op == expr.OpIn && slices.Contains(c.Texts, text) || c.Op == expr.OpPrefix && beginsWith(text, c.Texts)
	})
}

func beginsWith(text string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(text, prefix) })
}

// prefixesExclude tells whether two lists of beginnings have no text in common.
func (v *values) prefixesExclude() bool {
	for i, one := range v.prefixes {
		for _, other := range v.prefixes[:i] {
			if !slices.ContainsFunc(one, func(p string) bool {
				return beginsWith(p, other) || slices.ContainsFunc(other, func(q string) bool { return strings.HasPrefix(q, p) })
			}) {
				return true
			}
		}
	}
	return false
}

func quotedAll(texts []string) []string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = quoted(text)
	}
	return list
}

func shortNumber(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }
