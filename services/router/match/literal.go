package match

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"

	"github.com/signalbox-io/signalbox/pkg/expr"
)

// Bounds of the literals that a test is found by.
const (
	maxLiterals   = 16 // alternatives
	minLiteral    = 3  // bytes; shorter ones are in too many texts
	maxLiteral    = 16 // bytes; more do not tell more
	maxClassRunes = 4  // of a character class that is written out
)

// literalsOf returns literals of which every text that passes the test
// contains at least one, nil where none are known.
func literalsOf(t *test) []string {
	if t.not {
		return nil
	}
	var list []string
	switch t.more.order { //nolint:exhaustive // the others do not look for parts of a text
	case expr.OpPrefix, expr.OpSuffix, expr.OpContains:
		list = slices.Clone(t.more.texts)
	case expr.OpMatches:
		list = patternLiterals(t.text)
	}
	if len(list) == 0 || len(list) > maxLiterals || shortest(list) < minLiteral {
		return nil
	}
	for i, literal := range list {
		list[i] = literal[:min(len(literal), maxLiteral)]
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

func patternLiterals(pattern string) []string {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	return required(parsed.Simplify())
}

func shortest(list []string) int {
	length := len(list[0])
	for _, text := range list {
		length = min(length, len(text))
	}
	return length
}

// required returns literals of which every match contains one, nil where none
// are known.
func required(re *syntax.Regexp) []string {
	if all := exact(re); all != nil {
		return all
	}
	switch re.Op {
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpConcat:
		return requiredOfSequence(re.Sub)
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			part := required(sub)
			if len(part) == 0 || len(all)+len(part) > maxLiterals {
				return nil
			}
			all = append(all, part...)
		}
		return all
	default:
		return nil
	}
}

// requiredOfSequence returns the best literals of a sequence's parts, where
// parts whose texts are known make longer ones together.
func requiredOfSequence(parts []*syntax.Regexp) []string {
	var best, run []string
	keep := func(list []string) {
		if len(list) > 0 && (best == nil || shortest(list) > shortest(best)) {
			best = list
		}
	}
	for _, part := range parts {
		all := exact(part)
		if all == nil {
			keep(run)
			keep(required(part))
			run = nil
			continue
		}
		if longer := product(run, all); longer != nil {
			run = longer
			continue
		}
		keep(run)
		run = all
	}
	keep(run)
	return best
}

// exact returns every text that an expression matches, assertions aside, nil
// where they are too many.
func exact(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}
	case syntax.OpLiteral:
		// U+FFFD also matches a byte that is no UTF-8.
		if re.Flags&syntax.FoldCase != 0 || slices.Contains(re.Rune, utf8.RuneError) {
			return nil
		}
		return []string{string(re.Rune)}
	case syntax.OpCharClass:
		return exactClass(re.Rune)
	case syntax.OpCapture:
		return exact(re.Sub[0])
	case syntax.OpQuest:
		return union([]string{""}, exact(re.Sub[0]))
	case syntax.OpConcat:
		var all []string
		for i, sub := range re.Sub {
			part := exact(sub)
			if i > 0 {
				part = product(all, part)
			}
			if part == nil {
				return nil
			}
			all = part
		}
		return all
	case syntax.OpAlternate:
		all := exact(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			all = union(all, exact(sub))
		}
		return all
	default:
		return nil
	}
}

func exactClass(ranges []rune) []string {
	var all []string
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if len(all) == maxClassRunes || r == utf8.RuneError {
				return nil
			}
			all = append(all, string(r))
		}
	}
	return all
}

func union(a, b []string) []string {
	if a == nil || b == nil || len(a)+len(b) > maxLiterals {
		return nil
	}
	return slices.Concat(a, b)
}

// product returns each text of a followed by each of b, b for no a.
func product(a, b []string) []string {
	if a == nil {
		return b
	}
	if b == nil || len(a)*len(b) > maxLiterals {
		return nil
	}
	all := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			all = append(all, x+y)
		}
	}
	return all
}
