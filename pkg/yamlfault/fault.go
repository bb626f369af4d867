// Package yamlfault says in plain words, and with the exact place, why a file is no
// YAML. It quotes nothing of the file, which may hold secrets.
package yamlfault

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	goccy "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

// Fault is where a file stops being YAML, and why.
type Fault struct {
	// Line and Column count from 1; Column is 0 where it is not known.
	Line, Column int
	// Message says what is wrong and what to do.
	Message string
}

// maxPlaced bounds the files of which the column is looked for, with a parser that
// takes its time.
const maxPlaced = 256 << 10

// tooDeep begins what the parser says of hostile nesting, which is not shown to the
// second one.
const tooDeep = "exceeded max depth"

var lineOfError = regexp.MustCompile(`line (\d+): `)

// Of returns the fault of which a parser of YAML has made err. The parser knows the
// line at best; a second one is asked for the column.
func Of(data []byte, err error) Fault {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	f := Fault{Line: 1}
	if m := lineOfError.FindStringSubmatch(message); m != nil {
		f.Line, _ = strconv.Atoi(m[1])
		message = strings.Replace(message, m[0], "", 1)
		if strings.HasPrefix(message, "did not find expected") {
			f.Line++ // the parser counts lines from 0 where the scanner counts from 1
		}
	}
	if strings.HasPrefix(message, tooDeep) {
		f.Message = "values lie within each other too deeply: expected far fewer brackets or steps of indentation"
		return f
	}
	if line, column, ok := place(data); ok {
		f.Line, f.Column = line, column
	}
	f.Message = plain(message)
	return f
}

// words are what the parser says, by how it begins, in plainer words.
func words() []struct{ begins, plain string } {
	return []struct{ begins, plain string }{
		{"did not find expected node content", "a value is missing: expected one, or the bracket that closes the list"},
		{"did not find expected ',' or ']'", "a list in brackets does not end: expected , or ]"},
		{"did not find expected ',' or '}'", "settings in braces do not end: expected , or }"},
		{"did not find expected '-' indicator", "the line belongs to nothing above it: expected the indentation of the list's lines, or -"},
		{"did not find expected key", "the line belongs to nothing above it: expected a key with the indentation of those around it, and nothing behind a bracket that is closed"},
		{"could not find expected ':'", "a key has no colon: expected key: value"},
		{"mapping values are not allowed", "a second colon stands in a value: expected quotes around a text that holds one"},
		{"block sequence entries are not allowed", "a list cannot begin here: expected it on lines of its own, each with -"},
		{"block collections are not allowed", "lines of their own cannot stand within brackets: expected , between the values"},
		{"found unexpected end of stream", "a quote or a bracket is opened and not closed"},
		{"found unexpected document indicator", "a document ends within quotes: expected the quote that closes the text"},
		{"found unknown escape character", `a text in " has an escape that there is not: expected \\ for a backslash, or the text in '`},
		{"found character that cannot start any token", "a value cannot begin with this character: expected quotes around the text; lines are indented with spaces, never with tabs"},
		{"found a tab character", "a tab indents the line: expected spaces"},
		{"control characters are not allowed", "a control character stands here: expected text"},
		{"unknown anchor", "an alias names no anchor: expected quotes around a text that begins with *"},
		{"found undefined tag handle", "a tag is not known: expected quotes around a text that begins with !"},
		{"found incompatible YAML document", "the %YAML directive names another version: expected none"},
		{"found unknown directive", "a directive is not known: expected quotes around a text that begins with %"},
	}
}

func plain(message string) string {
	for _, w := range words() {
		if strings.HasPrefix(message, w.begins) {
			return w.plain
		}
	}
	return "the text cannot be read here; check indentation, colons and quotes"
}

// place returns where the second parser stumbles, if it does.
func place(data []byte) (line, column int, ok bool) {
	if len(data) > maxPlaced {
		return 0, 0, false
	}
	defer func() {
		// A parser that panics on a broken file only costs the column.
		if recover() != nil {
			ok = false
		}
	}()
	_, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey()) // a key that stands twice is YAML
	var fault *goccy.SyntaxError
	if !errors.As(err, &fault) || fault.Token == nil || fault.Token.Position == nil {
		return 0, 0, false
	}
	return fault.Token.Position.Line, fault.Token.Position.Column, true
}
