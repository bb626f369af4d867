// Package text makes text of others fit for a line on a terminal. It knows
// nothing of where the text comes from.
package text

import (
	"strconv"
	"strings"
	"unicode"
)

// Line returns s on one line: white space and line breaks become single
// blanks, and characters that command a terminal are left out.
func Line(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return strings.Map(visible, strings.Join(words, " "))
}

// Lines is [Line] for a text of several lines, each of which stays one.
func Lines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRightFunc(strings.Map(visible, line), unicode.IsSpace)
	}
	return strings.Join(lines, "\n")
}

// visible drops control characters and those that turn the direction of
// writing around, with which a text can look like another one.
func visible(r rune) rune {
	if r == '\t' {
		return ' '
	}
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return -1
	}
	return r
}

// Cut shortens s to at most columns characters, the last of which is then an
// ellipsis. Blanks at the end do not count and are left out.
func Cut(s string, columns int) string {
	runes := []rune(strings.TrimRight(s, " "))
	if len(runes) <= columns {
		return string(runes)
	}
	return string(runes[:max(columns-1, 0)]) + "…"
}

// Count writes a number of things: 1 rule, 2 rules.
func Count(count int, noun string) string {
	if count != 1 {
		noun += "s"
	}
	return strconv.Itoa(count) + " " + noun
}
