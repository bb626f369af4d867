package match

import (
	"encoding/binary"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/expr"
)

// test is a conjunct as matchers evaluate it. Tests that are the same share
// one place in the index. The fields are kept few: tests are read at random.
type test struct {
	number float64 // the one number
	text   string  // the one text
	slot   int32
	op     operation
	not    bool
	end    byte // the last of the one text, 0 for the empty one
	more   *lists
}

// lists are the parts of a test that few tests need.
type lists struct {
	isText   bool
	says     bool // has() asks whether it says something
	order    expr.Op
	cost     uint8
	texts    []string
	numbers  []float64
	set      map[string]struct{}
	pattern  *regexp.Regexp
	literals []string // one of them is in every text that passes; nil: unknown
}

// operation is what a test does: expr.Op, with its usual form set apart.
type operation uint8

const (
	isNumber operation = iota
	isText
	less
	lessEqual
	greater
	greaterEqual
	contains
	hasPrefix
	hasSuffix
	isOneOf    // texts or numbers
	fitsOneOf  // several prefixes, suffixes or parts
	fitsRegexp // a pattern
	isThere    // has()
	isTrue
	isNothing // no test
)

// Costs of tests, by which they are ordered.
const (
	costNumber = iota
	costText
	costList
	costSearch
	costPattern
	costPaused
)

// smallList is the length up to which a list is compared one by one.
const smallList = 6

func newTest(c expr.Conjunct, s *slots) (test, error) {
	slot, ok := s.of(c.Attribute)
	if !ok {
		return test{}, fmt.Errorf("index condition: %s is no attribute of an event", c.Attribute)
	}
	l := &lists{
		isText: c.Attribute.IsText(), says: s.says[slot], order: c.Op, cost: costOf(c),
		texts: c.Texts, numbers: c.Numbers,
	}
	if c.Op == expr.OpIn {
		l.numbers = slices.Compact(slices.Sorted(slices.Values(c.Numbers)))
		l.texts = slices.Compact(slices.Sorted(slices.Values(c.Texts)))
	}
	t := test{slot: slot, not: c.Not, more: l, op: operationOf(c.Op, l)}
	if len(l.numbers) > 0 {
		t.number = l.numbers[0]
	}
	if len(l.texts) > 0 {
		t.text, t.end = l.texts[0], endOf(l.texts[0])
	}
	if c.Op == expr.OpIn && len(l.texts) > smallList {
		l.set = make(map[string]struct{}, len(l.texts))
		for _, text := range l.texts {
			l.set[text] = struct{}{}
		}
	}
	if c.Op == expr.OpMatches {
		pattern, err := regexp.Compile(t.text)
		if err != nil {
			return test{}, fmt.Errorf("index condition on %s: %w", c.Attribute, err)
		}
		l.pattern = pattern
	}
	l.literals = literalsOf(&t)
	return t, nil
}

// endOf returns the last byte of a text.
func endOf(text string) byte {
	if text == "" {
		return 0
	}
	return text[len(text)-1]
}

// operationOf returns what a conjunct with such constants does.
func operationOf(op expr.Op, l *lists) operation {
	switch op {
	case expr.OpLess:
		return less
	case expr.OpLessEqual:
		return lessEqual
	case expr.OpGreater:
		return greater
	case expr.OpGreaterEqual:
		return greaterEqual
	case expr.OpMatches:
		return fitsRegexp
	case expr.OpHas:
		return isThere
	case expr.OpTrue:
		return isTrue
	default:
		return textOperation(op, l)
	}
}

// textOperation tells apart one constant and several.
func textOperation(op expr.Op, l *lists) operation {
	switch {
	case op == expr.OpIn && len(l.numbers) == 1:
		return isNumber
	case op == expr.OpIn && len(l.texts) == 1:
		return isText
	case op == expr.OpIn:
		return isOneOf
	case len(l.texts) > 1:
		return fitsOneOf
	case op == expr.OpPrefix:
		return hasPrefix
	case op == expr.OpSuffix:
		return hasSuffix
	default:
		return contains
	}
}

func costOf(c expr.Conjunct) uint8 {
	switch {
	case c.Op == expr.OpTrue:
		return costPaused
	case c.Op == expr.OpMatches:
		return costPattern
	case c.Op == expr.OpContains:
		return costSearch
	case len(c.Texts) > 1:
		return costList
	case len(c.Texts) == 1:
		return costText
	default:
		return costNumber
	}
}

// key identifies tests that are the same.
func key(buffer []byte, t *test) []byte {
	buffer = binary.AppendVarint(buffer[:0], int64(t.slot))
	buffer = append(buffer, byte(t.more.order), 0)
	if t.not {
		buffer[len(buffer)-1] = 1
	}
	for _, text := range t.more.texts {
		buffer = binary.AppendUvarint(buffer, uint64(len(text)))
		buffer = append(buffer, text...)
	}
	for _, f := range t.more.numbers {
		buffer = binary.LittleEndian.AppendUint64(buffer, math.Float64bits(f))
	}
	return buffer
}

// passes reports whether the conjunct holds on the value. It does not where
// there is no value.
func (t *test) passes(v *value) bool {
	if t.op == isThere {
		return t.has(v) != t.not
	}
	return v.present && t.fits(v) != t.not
}

func (t *test) has(v *value) bool {
	return v.present && (!t.more.says || v.text != "" || v.number != 0)
}

func (t *test) fits(v *value) bool {
	switch t.op {
	case isNumber:
		return v.number == t.number
	case isText:
		// Texts of one attribute mostly differ at their end; that of the test is not
		// in a cache.
		return len(v.text) == len(t.text) && endOf(v.text) == t.end && v.text == t.text
	case less:
		return v.number < t.number
	case lessEqual:
		return v.number <= t.number
	case greater:
		return v.number > t.number
	case greaterEqual:
		return v.number >= t.number
	case contains:
		return strings.Contains(v.text, t.text)
	case hasPrefix:
		return strings.HasPrefix(v.text, t.text)
	case hasSuffix:
		return strings.HasSuffix(v.text, t.text)
	case isTrue:
		return v.number != 0
	default:
		return t.more.fits(t.op, v)
	}
}

func (l *lists) fits(op operation, v *value) bool {
	switch {
	case op == fitsRegexp:
		return l.pattern.MatchString(v.text)
	case op == fitsOneOf:
		return l.fitsPart(v.text)
	case !l.isText:
		return slices.Contains(l.numbers, v.number)
	case l.set != nil:
		_, ok := l.set[v.text]
		return ok
	default:
		return slices.Contains(l.texts, v.text)
	}
}

// fitsPart reports whether one of the texts is where it must be.
func (l *lists) fitsPart(s string) bool {
	fits := strings.Contains
	switch l.order { //nolint:exhaustive // the others are not about parts of a text
	case expr.OpPrefix:
		fits = strings.HasPrefix
	case expr.OpSuffix:
		fits = strings.HasSuffix
	}
	for _, part := range l.texts {
		if fits(s, part) {
			return true
		}
	}
	return false
}

// isOrder reports whether the test bounds a number.
func (t *test) isOrder() bool { return t.op >= less && t.op <= greaterEqual }

// isKey reports whether the test admits only a few values.
func (t *test) isKey() bool { return t.more.order == expr.OpIn && !t.not }
