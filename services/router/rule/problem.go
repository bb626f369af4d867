package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Problem is one fault of a rules file.
type Problem struct { //nolint:errname // a problem of a file; errors.As finds it
	// File is the name of the file as it was given.
	File string
	// Line and Column count from 1; the column counts characters.
	Line, Column int
	// Rule names the rule, empty when the fault lies outside of one or the
	// rule has no name.
	Rule string
	// Message says what is wrong and what was expected.
	Message string
	// Text is the line that holds the fault, empty when there is none.
	Text string
}

// maxShownLine keeps a line of megabytes out of error messages.
const maxShownLine = 200

// Error returns place, rule and message, and below them the line with a caret
// under the fault.
func (p *Problem) Error() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Rule != "" {
		fmt.Fprintf(&out, "rule %s: ", p.Rule)
	}
	out.WriteString(p.Message)
	if p.Text == "" || len(p.Text) > utf8.UTFMax*maxShownLine || utf8.RuneCountInString(p.Text) > maxShownLine {
		return out.String()
	}
	runes := []rune(p.Text)
	before := runes[:min(p.Column-1, len(runes))]
	indent := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string(before))
	fmt.Fprintf(&out, "\n    %s\n    %s^", p.Text, indent)
	return out.String()
}

// Errors are all faults of a set of files, ordered by file and place. It holds
// at least one.
type Errors []*Problem

// Error returns every fault with its line and caret.
func (e Errors) Error() string {
	parts := make([]string, len(e))
	for i, p := range e {
		parts[i] = p.Error()
	}
	return strings.Join(parts, "\n")
}

// Unwrap makes the single faults visible to errors.As.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, p := range e {
		list[i] = p
	}
	return list
}

// sorted orders faults by place; files keep the order in which they were
// given.
func sorted(list []*Problem, files []File) Errors {
	rank := map[string]int{}
	for i, f := range files {
		rank[readable(f.Name)] = i
	}
	slices.SortStableFunc(list, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(rank[a.File], rank[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return list
}
