package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxProblems bounds how many problems are printed; nobody reads more at once.
const maxProblems = 50

// maxSourceRunes bounds the printed part of a source line.
const maxSourceRunes = 160

// Problem is one thing that is wrong with a file.
type Problem struct { //nolint:errname // a problem of a file; errors.As finds it
	// File is the name of the file as the caller gave it.
	File string
	// Line and Column count from 1, the column in characters.
	Line, Column int
	// Path of the setting (`sources[0].poll.every`), "" for the whole file.
	Path string
	// Message says what is wrong and what to do.
	Message string
	// Source is the line with secrets left out, "" where there is none to show.
	Source string
}

// Error returns the place, the path and the message on one line, and below
// them the source line with a caret.
func (p *Problem) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Path != "" {
		text.WriteString(p.Path + ": ")
	}
	text.WriteString(p.Message)
	text.WriteString(p.excerpt())
	return text.String()
}

// excerpt returns the source line and the caret, each after a line break.
func (p *Problem) excerpt() string {
	runes := []rune(p.Source)
	if len(runes) > maxSourceRunes {
		runes = append(runes[:maxSourceRunes:maxSourceRunes], '…')
	}
	if strings.TrimSpace(string(runes)) == "" {
		return ""
	}
	text := fmt.Sprintf("\n%5d | %s", p.Line, string(runes))
	if p.Column > len(runes) {
		return text
	}
	pad := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string(runes[:p.Column-1]))
	return text + "\n      | " + pad + "^"
}

// Problems are all problems of a file, in the order of its lines. Used as an
// error it holds at least one.
type Problems []*Problem //nolint:errname // a problem of a file; errors.As finds it

// Error returns the problems one after the other.
func (p Problems) Error() string {
	shown := p[:min(len(p), maxProblems)]
	lines := make([]string, 0, len(shown)+1)
	for _, problem := range shown {
		lines = append(lines, problem.Error())
	}
	if more := len(p) - len(shown); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes the single problems visible to errors.As.
func (p Problems) Unwrap() []error {
	list := make([]error, len(p))
	for i, problem := range p {
		list[i] = problem
	}
	return list
}

func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
