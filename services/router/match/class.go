package match

import (
	"fmt"
	"slices"
)

// Class is how a condition is found among many.
type Class string

// The classes, the best first.
const (
	// Indexed is found by a value or a literal that it needs.
	Indexed Class = "indexed"
	// Bitmap is ruled out by the bitmaps of enums, numbers or other simple
	// tests.
	Bitmap Class = "bitmap"
	// Scanned is evaluated for every event of its kinds.
	Scanned Class = "scanned"
)

// DefaultScanned is how many scanned conditions a set may have where nothing
// else is said.
const DefaultScanned = 500

// Info says what a condition costs.
type Info struct {
	// Class is how it is found.
	Class Class
	// By is what it is found by, in the words of an expression, "" for
	// nothing.
	By string
	// Cost is the estimated cost of its CEL rest in CEL's own units, 0 for
	// none; some 50 ns each. It is paid for the events that the tests leave.
	Cost uint64
}

// Classify returns how a condition is found. It depends on the condition
// alone: a value that every condition of a set has in common finds none of
// them, and the index then uses the next best.
func Classify(c Condition) (Info, error) {
	if c.Program == nil {
		return Info{Class: Bitmap}, nil
	}
	split := c.Program.Split()
	if split == nil {
		return Info{}, fmt.Errorf("%q is no condition over an event: compile it with expr.Rule for expr.Bool", c.Program)
	}
	info := Info{Class: Scanned, Cost: split.Cost}
	if split.Rest == nil {
		info.Class = Bitmap
	}
	slots := newSlots()
	for _, conjunct := range split.Conjuncts {
		t, err := newTest(conjunct, slots)
		if err != nil {
			return Info{}, err
		}
		class, narrows := classOf(&t)
		if narrows && (info.By == "" || class == Indexed && info.Class != Indexed) {
			info.Class, info.By = class, conjunct.Attribute.String()
		}
	}
	return info, nil
}

// classOf returns what a test makes of its condition, and whether it narrows
// the events down before a program is asked.
func classOf(t *test) (Class, bool) {
	switch {
	case t.isKey() && t.more.isText, t.more.literals != nil:
		return Indexed, true
	case t.isKey(), t.isOrder(), t.op == isThere:
		return Bitmap, true
	default:
		return Scanned, false
	}
}

// CheckQuota returns an error that names the first of the scanned conditions
// where there are more than limit of them. The name gives a condition the name
// that its author knows.
func CheckQuota(conditions []Condition, limit int, name func(condition int) string) error {
	var scanned []int
	for i, c := range conditions {
		info, err := Classify(c)
		if err != nil {
			return err
		}
		if info.Class == Scanned {
			scanned = append(scanned, i)
		}
	}
	if len(scanned) <= limit {
		return nil
	}
	names := make([]string, 0, 3)
	for _, i := range slices.Concat(scanned[:min(len(scanned), cap(names))]) {
		names = append(names, name(i))
	}
	return fmt.Errorf("%d conditions are evaluated for every event (%q …), the limit is %d: "+
		"add a comparison of a label, a field or a measure with a constant to each", len(scanned), names, limit)
}
