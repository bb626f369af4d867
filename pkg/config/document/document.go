package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxBytes bounds a file; a configuration of a thousand sources stays below.
const maxBytes = 1 << 20

// Document is one YAML file: its text, its tree, what was found where, and
// what is wrong with it. It is not safe for concurrent use.
type Document struct {
	name     string
	lines    []string
	root     *yaml.Node
	places   map[string]*yaml.Node
	problems Problems

	unreadable bool
	// broken is a file that is not one whole tree, in which secrets cannot be
	// told from other text.
	broken bool
	masks  map[int]mask
	hidden map[*yaml.Node]bool
	starts []start
}

// Read parses data; a fault in its syntax is a problem of the document, which
// is then empty.
func Read(name string, data []byte) *Document {
	d := &Document{name: name, places: map[string]*yaml.Node{}, masks: map[int]mask{}, hidden: map[*yaml.Node]bool{}}
	if len(data) > maxBytes {
		d.add(1, 1, "", fmt.Sprintf("the file has %d bytes, more than %d; split it", len(data), maxBytes))
		d.unreadable = true
		return d
	}
	d.lines = strings.Split(string(data), "\n")
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var tree yaml.Node
	err := decoder.Decode(&tree)
	switch {
	case errors.Is(err, io.EOF):
		return d
	case err != nil:
		d.syntax(data, err)
		return d
	}
	var second yaml.Node
	switch err := decoder.Decode(&second); {
	case err == nil:
		d.broken = true
		d.add(second.Line, second.Column, "", "a second document begins; keep one in the file")
	case !errors.Is(err, io.EOF):
		d.syntax(data, err)
	}
	d.root = tree.Content[0]
	d.starts = starts(d.root)
	d.places[""] = d.root
	return d
}

// Problems returns what is wrong, in the order of the lines; empty for a good
// document.
func (d *Document) Problems() Problems {
	d.problems.sort()
	for _, problem := range d.problems[:min(len(d.problems), maxProblems)] {
		problem.Source = d.source(problem.Line)
	}
	return d.problems
}

// Unreadable reports whether the file could not be read as settings at all,
// so that nothing more can be said about it.
func (d *Document) Unreadable() bool { return d.unreadable }

// Refused reports whether the setting at path has a problem.
func (d *Document) Refused(path string) bool {
	return slices.ContainsFunc(d.problems, func(p *Problem) bool { return p.Path == path })
}

// Has reports whether the file says something at path.
func (d *Document) Has(path string) bool { return d.places[path] != nil }

// Line returns the line of the setting at path, or of the nearest setting
// around it.
func (d *Document) Line(path string) int { return d.place(path).Line }

// Report adds a problem of the setting at path. A setting that the file does
// not have is reported where it would stand: at the nearest one around it.
func (d *Document) Report(path, format string, args ...any) {
	node := d.place(path)
	d.add(node.Line, node.Column, path, fmt.Sprintf(format, args...))
}

// ReportInside adds a problem at a place within the text of the setting at
// path, line and column counting from 1.
func (d *Document) ReportInside(path string, line, column int, message string) {
	node := d.place(path)
	at, from := node.Line+line-1, node.Column
	switch node.Style &^ yaml.TaggedStyle {
	case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle:
		from++
	case yaml.LiteralStyle, yaml.FoldedStyle:
		at++
		from = d.indentation(at) + 1
	default:
	}
	if line > 1 && node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		from = 1
	}
	d.add(at, from+column-1, path, message)
}

// indentation returns how many blanks begin the line.
func (d *Document) indentation(line int) int {
	if line < 1 || line > len(d.lines) {
		return 0
	}
	return len(d.lines[line-1]) - len(strings.TrimLeft(d.lines[line-1], " "))
}

// place returns the node at path or the nearest one around it.
func (d *Document) place(path string) *yaml.Node {
	for {
		if node := d.places[path]; node != nil {
			return node
		}
		if path == "" {
			return &yaml.Node{Line: 1, Column: 1}
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
}

func (d *Document) add(line, column int, path, message string) {
	d.problems = append(d.problems, &Problem{
		File: d.name, Line: max(line, 1), Column: max(column, 1), Path: path,
		Message: message,
	})
}
