package rule

import (
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// source is the text of one file and the faults found in it.
type source struct {
	name     string
	lines    []string
	problems []*Problem
}

func newSource(f File) *source {
	// What YAML takes for the end of a line.
	breaks := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")
	return &source{name: f.Name, lines: strings.Split(breaks.Replace(string(f.Data)), "\n")}
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
	for _, p := range s.problems {
		if p.Line == line && p.Column == column {
			return
		}
	}
	s.problems = append(s.problems, &Problem{
		File: s.name, Line: line, Column: column, Rule: rule, Message: message, Text: s.line(line),
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
		text := []rune(s.lines[at.line])
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
	text := []rune(s.lines[at.line])
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
