package rule

import "go.yaml.in/yaml/v3"

// Document is another YAML file that stands beside rules files and is read as
// they are: bounded, in plain YAML, every fault told with its place.
type Document struct {
	source *source
	root   *yaml.Node
}

// ReadDocument parses a file. Its root is nil where it holds nothing or cannot
// be read; Err tells which.
func ReadDocument(f File) *Document {
	d := &Document{source: newSource(f)}
	d.root = parse(f, d.source)
	return d
}

// Root returns the document's one value, nil for none.
func (d *Document) Root() *yaml.Node { return d.root }

// Fail reports a fault at a node of the document.
func (d *Document) Fail(node *yaml.Node, message string) {
	d.source.report(node.Line, node.Column, "", message)
}

// Err returns every fault that was reported, ordered by place and of type
// [Errors]; nil for none.
func (d *Document) Err() error {
	if len(d.source.problems) == 0 {
		return nil
	}
	return sorted(d.source.problems, nil)
}

// Describe names what stands at a node, for messages: "a list", `"text"`.
func Describe(node *yaml.Node) string { return describe(node) }

// Nearest says which of the words was meant by a wrong one, or else which there
// are.
func Nearest(words []string, wrong string) string { return nearest(words, wrong) }
