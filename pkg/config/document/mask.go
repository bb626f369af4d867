package document

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Texts that stand for what is not shown.
const (
	maskSecret  = "[redacted]"
	maskUnknown = "…"
)

// mask hides the rest of a line from a column on.
type mask struct {
	column int
	text   string
}

// hide masks the node's text: the rest of its first line and every line up to
// the next node. A problem of the same line then shows less than it could,
// which is better than showing a secret.
func (d *Document) hide(node *yaml.Node, text string) {
	if d.hidden[node] {
		return
	}
	d.hidden[node] = true
	d.maskLine(node.Line, mask{column: node.Column, text: text})
	for line := node.Line + 1; line <= d.lastLine(node); line++ {
		d.maskLine(line, mask{column: 1})
	}
}

// Hide keeps the text of the setting at path out of every problem, for a
// setting that may hold a secret by mistake.
func (d *Document) Hide(path string) {
	if node := d.places[path]; node != nil {
		d.hide(node, maskSecret)
	}
}

func (d *Document) maskLine(line int, m mask) {
	if known, ok := d.masks[line]; !ok || m.column < known.column {
		d.masks[line] = m
	}
}

// lastLine returns the last line that may hold text of the node: the one
// before the next node in the file, or that node's own line where something
// closes on it first.
func (d *Document) lastLine(node *yaml.Node) int {
	after := lastStart(node) + 1
	next, _ := slices.BinarySearchFunc(d.starts, after, func(s start, line int) int { return cmp.Compare(s.line, line) })
	if next == len(d.starts) {
		return len(d.lines)
	}
	begin := d.starts[next]
	before := []rune(d.lines[begin.line-1])
	if strings.Trim(string(before[:min(begin.column-1, len(before))]), " -?") != "" {
		return begin.line
	}
	return begin.line - 1
}

// lastStart returns the highest line on which a part of node begins.
func lastStart(node *yaml.Node) int {
	last := node.Line
	for _, child := range node.Content {
		last = max(last, lastStart(child))
	}
	return last
}

// start is where the first node of a line begins.
type start struct{ line, column int }

// starts returns where nodes begin, one for each line that has one, sorted.
func starts(root *yaml.Node) []start {
	var list []start
	var visit func(*yaml.Node)
	visit = func(node *yaml.Node) {
		list = append(list, start{node.Line, node.Column})
		for _, child := range node.Content {
			visit(child)
		}
	}
	visit(root)
	slices.SortFunc(list, func(a, b start) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	return slices.CompactFunc(list, func(a, b start) bool { return a.line == b.line })
}

// What may be a secret on a line: the user of an address; in a file without a
// tree also text that wanted quotes because of its first character, and lines
// that name such things.
var (
	userInfo  = regexp.MustCompile(`//[^/\s"']*@`)
	indicator = regexp.MustCompile(`(^|[\s:,\[{-])[*&!@%].*`)
	sensitive = regexp.MustCompile(`(?i)value|token|secret|key|pass|credential|url`)
)

// source returns the line as problems may show it, "" where a secret may
// stand on it.
func (d *Document) source(line int) string {
	if line > len(d.lines) || d.broken && d.isSensitive(line) {
		return ""
	}
	text := strings.TrimRight(d.lines[line-1], "\r")
	if m, ok := d.masks[line]; ok {
		runes := []rune(text)
		text = string(runes[:min(m.column-1, len(runes))]) + m.text
	}
	if d.broken {
		text = indicator.ReplaceAllString(text, "${1}…")
	}
	return userInfo.ReplaceAllString(text, "//"+maskSecret+"@")
}

// isSensitive reports whether the line or one of the two above it reads as if
// it named a secret.
func (d *Document) isSensitive(line int) bool {
	return slices.ContainsFunc(d.lines[max(line-3, 0):line], sensitive.MatchString)
}
