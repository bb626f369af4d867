package expr

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/signalbox-io/signalbox/pkg/event"
)

// TextTemplate is a text with `${…}` parts, safe for concurrent use.
type TextTemplate struct {
	parts []templatePart
}

// templatePart is a piece of plain text, or an expression.
type templatePart struct {
	plain   string
	program *Program
}

// Template compiles a text in which each `${…}` is an expression as [Event]
// compiles it for Text; `$${` stands for `${`. Faults are [Error] or
// [Errors], placed within the whole text.
func Template(text string, kinds ...event.Kind) (*TextTemplate, error) {
	return template(text, Event, kinds)
}

// RuleTemplate is [Template] with expressions as [Rule] compiles them.
func RuleTemplate(text string, kinds ...event.Kind) (*TextTemplate, error) {
	return template(text, Rule, kinds)
}

// compiler is [Event] or [Rule].
type compiler func(text string, want Result, kinds ...event.Kind) (*Program, error)

func template(text string, compile compiler, kinds []event.Kind) (*TextTemplate, error) {
	t := &TextTemplate{}
	var found []*Error
	var plain strings.Builder
	for at := 0; at < len(text); {
		switch {
		case strings.HasPrefix(text[at:], "$${"):
			plain.WriteString("${")
			at += 3
		case strings.HasPrefix(text[at:], "${"):
			end := closing(text, at+2)
			if end < 0 {
				return nil, faults(append(found, within(text, at, &Error{Line: 1, Column: 1, Message: "this ${ has no closing }"})))
			}
			program, err := compile(text[at+2:end], Text, kinds...)
			for _, fault := range Faults(err) {
				found = append(found, within(text, at+2, fault))
			}
			if err != nil && Faults(err) == nil {
				return nil, err
			}
			t.parts = append(t.parts, templatePart{plain: plain.String()}, templatePart{program: program})
			plain.Reset()
			at = end + 1
		default:
			plain.WriteByte(text[at])
			at++
		}
	}
	t.parts = append(t.parts, templatePart{plain: plain.String()})
	return t, faults(found)
}

// Constant returns the text of a template without expressions, and whether it
// is one.
func (t *TextTemplate) Constant() (string, bool) {
	if len(t.parts) != 1 {
		return "", false
	}
	return t.parts[0].plain, true
}

// Text fills the template. A part without a value makes the whole text have
// none.
func (t *TextTemplate) Text(v Vars) (string, error) {
	var out strings.Builder
	for _, part := range t.parts {
		if part.program == nil {
			out.WriteString(part.plain)
			continue
		}
		text, err := part.program.Text(v)
		if err != nil {
			return "", fmt.Errorf("${%s}: %w", part.program, err)
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

// within moves a fault of the part that begins at byte start into the text.
func within(text string, start int, fault *Error) *Error {
	before := text[:start]
	line := 1 + strings.Count(before, "\n")
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	moved := *fault
	if fault.Line == 1 {
		moved.Column += column
	}
	moved.Line += line - 1
	return &moved
}

// closing returns where the brace that was opened before start is closed, -1
// if it is not. Braces inside nested ones and inside quotes do not count.
func closing(text string, start int) int {
	depth := 0
	for at := start; at < len(text); at++ {
		switch text[at] {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return at
			}
			depth--
		case '"', '\'':
			end := quoted(text, at)
			if end < 0 {
				return -1
			}
			at = end
		}
	}
	return -1
}

// quoted returns the last byte of the literal whose quote stands at start, -1
// if it has no end.
func quoted(text string, start int) int {
	quote := text[start : start+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(text[start:], triple) {
		quote = triple
	}
	raw := start > 0 && strings.ContainsRune("rR", rune(text[start-1]))
	for at := start + len(quote); at < len(text); at++ {
		if text[at] == '\\' && !raw {
			at++
			continue
		}
		if strings.HasPrefix(text[at:], quote) {
			return at + len(quote) - 1
		}
	}
	return -1
}
