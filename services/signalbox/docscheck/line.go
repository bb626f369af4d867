package main

import (
	"os"
	"slices"
	"strings"
)

// line is one command of a page.
type line struct {
	page   string
	number int
	text   string
}

// endless reports whether the command runs until somebody interrupts it.
func (l line) endless() bool {
	words := []string{"signalbox serve ", "signalbox simulate", "events tail", ":watch", "WatchEvents"}
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(l.text, word) })
}

// isMake reports whether the command calls make, and for which target.
func (l line) isMake() (target string, ok bool) {
	words := strings.Fields(l.text)
	if words[0] != "make" || len(words) < 2 {
		return "", false
	}
	return words[1], true
}

// isGoRun reports whether the command runs a program of the repository that
// CI runs by its make target.
func (l line) isGoRun() bool { return strings.HasPrefix(l.text, "go run ") }

// readLines returns the commands of a page.
func readLines(page string) ([]line, error) {
	data, err := os.ReadFile(page) //nolint:gosec // a page of the repository
	if err != nil {
		return nil, err
	}
	var lines []line
	inside := false
	for i, text := range strings.Split(string(data), "\n") {
		trimmed := strings.TrimSpace(text)
		switch {
		case strings.HasPrefix(trimmed, "```"):
			inside = trimmed == "```sh"
		case inside && trimmed != "" && !strings.HasPrefix(trimmed, "#"):
			lines = append(lines, line{page: page, number: i + 1, text: trimmed})
		}
	}
	return lines, nil
}
