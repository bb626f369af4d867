package rule

import (
	"fmt"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// maxProblems bounds the faults that are told of one file: who has more has not
// written rules.
const maxProblems = 1000

// source is the text of one file and the faults found in it.
type source struct {
	name     string
	lines    []string
	problems []*Problem
	taken    map[place]bool // of the faults
	// row is a line as characters: the one that was looked at last.
	row   []rune
	rowOf int
}

func newSource(f File) *source {
	return &source{name: readable(f.Name), lines: linesOf(f.Data), taken: map[place]bool{}, rowOf: -1}
}

// readable writes a mark where a text is not UTF-8, so that faults can quote it: no
// message of protobuf holds such a text.
func readable(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// linesOf parts a text by what YAML takes for the end of a line.
func linesOf(data []byte) []string {
	breaks := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")
	return strings.Split(breaks.Replace(string(data)), "\n")
}

// full tells that no further fault is told.
func (s *source) full() bool { return len(s.problems) > maxProblems }

// chars returns the characters of a line counted from 0.
func (s *source) chars(line int) []rune {
	if s.rowOf != line {
		s.row, s.rowOf = []rune(s.lines[line]), line
	}
	return s.row
}

// line returns the text of a line counted from 1.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return s.lines[n-1]
}

// report adds a fault. One place has one fault: what follows from it helps
// nobody.
func (s *source) report(line, column int, rule, message string) {
	line, column = min(max(1, line), len(s.lines)), max(1, column)
	if s.full() || s.taken[place{line, column}] {
		return
	}
	s.taken[place{line, column}] = true
	if len(s.problems) == maxProblems {
		rule, message = "", fmt.Sprintf("%d faults are told of, and this is another: what follows is not looked at", maxProblems)
	}
	s.problems = append(s.problems, &Problem{
		File: s.name, Line: line, Column: column, Rule: rule, Message: message, Text: readable(s.line(line)),
	})
}

// place is a position in the file, both counted from 0.
type place struct{ line, column int }

// locate returns where a character of a scalar's value stands in the file.
// The value's line and column count from 1, as does the answer. YAML folds
// lines, strips indentation and resolves escapes, so the value is laid
// alongside the text it came from.
func (s *source) locate(node *yaml.Node, line, column int) (fileLine, fileColumn int) {
	at := place{line: node.Line - 1, column: node.Column - 1}
	switch node.Style &^ yaml.TaggedStyle {
	case yaml.LiteralStyle, yaml.FoldedStyle:
		at = place{line: node.Line}
	case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle:
		at.column++
	default: // a plain text begins where its node does
	}
	valueLine, valueColumn := 1, 1
	for _, r := range node.Value {
		at = s.align(at, r)
		if valueLine == line && valueColumn == column {
			break
		}
		valueColumn++
		if r == '\n' {
			valueLine, valueColumn = valueLine+1, 1
		}
		at = s.step(at, r, node.Style&yaml.DoubleQuotedStyle != 0)
	}
	return at.line + 1, at.column + 1
}

// align moves to where r stands: over indentation and folded line ends.
func (s *source) align(at place, r rune) place {
	if unicode.IsSpace(r) {
		return at
	}
	for at.line < len(s.lines) {
		text := s.chars(at.line)
		for at.column < len(text) && unicode.IsSpace(text[at.column]) {
			at.column++
		}
		if at.column < len(text) {
			return at
		}
		at = place{line: at.line + 1}
	}
	return at
}

// step moves behind r, over an escape where the text has one.
func (s *source) step(at place, r rune, escapes bool) place {
	if at.line >= len(s.lines) {
		return at
	}
	text := s.chars(at.line)
	switch {
	case at.column >= len(text):
		return place{line: at.line + 1}
	case escapes && text[at.column] == '\\' && at.column+1 < len(text):
		digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[text[at.column+1]]
		at.column += 2 + digits
	case r == '\'' && at.column+1 < len(text) && text[at.column] == '\'' && text[at.column+1] == '\'':
		at.column += 2
	default:
		at.column++
	}
	return at
}
