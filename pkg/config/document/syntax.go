package document

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	goccy "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

var lineOfError = regexp.MustCompile(`line (\d+): `)

// syntax adds the problem of a file that is no YAML. The parser that made err
// knows the line at best; a second one is asked for the column.
func (d *Document) syntax(data []byte, err error) {
	line, column := 1, 1
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	if found := lineOfError.FindStringSubmatch(message); found != nil {
		line, _ = strconv.Atoi(found[1])
		message = strings.Replace(message, found[0], "", 1)
	}
	if l, c, ok := place(data); ok {
		line, column = l, c
	}
	d.broken, d.unreadable = true, true
	d.add(line, column, "", "this is not YAML: "+unquoted(message))
}

// unquoted leaves out what a parser quotes from the file, which may be the
// beginning of a secret that wanted quotes.
func unquoted(message string) string {
	if strings.Contains(message, "unknown anchor") {
		return "an alias names no anchor; put text that begins with * in quotes"
	}
	if strings.ContainsAny(message, "'\"`") {
		return "the text cannot be read here; check indentation, colons and quotes"
	}
	return message + "; check indentation, colons and quotes"
}

// place returns where the second parser stumbles, if it does.
func place(data []byte) (line, column int, ok bool) {
	defer func() {
		// A parser that panics on a broken file only costs the column.
		if recover() != nil {
			ok = false
		}
	}()
	_, err := parser.ParseBytes(data, 0)
	var fault *goccy.SyntaxError
	if !errors.As(err, &fault) || fault.Token == nil || fault.Token.Position == nil {
		return 0, 0, false
	}
	return fault.Token.Position.Line, fault.Token.Position.Column, true
}
