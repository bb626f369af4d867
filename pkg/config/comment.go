package config

import (
	"regexp"
	"strings"
)

var (
	messageLine = regexp.MustCompile(`^message (\w+) \{`)
	fieldLine   = regexp.MustCompile(`^(?:repeated )?[\w.]+(?:<[^>]*>)? (\w+) = \d+;`)
)

// comments returns the comments of a proto file by message (`Poll`) and field
// (`Poll.every`), each as its lines. It reads what this project's files are
// made of: messages that are not nested, one field a line.
func comments(source string) map[string][]string {
	found := map[string][]string{}
	var message string
	var pending []string
	for line := range strings.SplitSeq(source, "\n") {
		line = strings.TrimSpace(line)
		if text, ok := strings.CutPrefix(line, "//"); ok {
			pending = append(pending, strings.TrimSpace(text))
			continue
		}
		if match := messageLine.FindStringSubmatch(line); match != nil {
			message = match[1]
			found[message] = pending
		} else if match := fieldLine.FindStringSubmatch(line); match != nil {
			found[message+"."+match[1]] = pending
		}
		pending = nil
	}
	return found
}
