package rule

import (
	_ "embed" // of the language's own text
	"regexp"
	"strings"
)

// languageText is proto/signalbox/rule/v1/rule.proto, whose comments describe
// the language; `make generate` puts it here.
//
//go:embed rule.proto.txt
var languageText string

var (
	messageLine = regexp.MustCompile(`^message (\w+) \{`)
	fieldLine   = regexp.MustCompile(`^[\w.<>, ]+ (\w+) = \d+[ ;]`)
)

// descriptions returns the comments of the language by message and by field:
// `Rule`, `Rule.when`.
func descriptions() map[string]string {
	about := map[string]string{}
	var message string
	var comment []string
	for line := range strings.Lines(languageText) {
		line = strings.TrimSpace(line)
		if text, ok := strings.CutPrefix(line, "//"); ok {
			comment = append(comment, strings.TrimSpace(text))
			continue
		}
		if m := messageLine.FindStringSubmatch(line); m != nil {
			message = m[1]
			about[message] = strings.Join(comment, " ")
		} else if m := fieldLine.FindStringSubmatch(line); m != nil {
			about[message+"."+m[1]] = strings.Join(comment, " ")
		}
		comment = nil
	}
	return about
}
