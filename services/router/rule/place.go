package rule

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// find walks from a node along a path such as `given[0].where`. It returns the
// node that is reached, or the last one on the way, and whether the path was
// walked to its end. Only what is asked for is looked up: a file has far more
// values than faults.
func find(node *yaml.Node, path string) (last *yaml.Node, whole bool) {
	if path == "" {
		return node, true
	}
	switch node.Kind {
	case yaml.SequenceNode:
		text, rest, ok := strings.Cut(strings.TrimPrefix(path, "["), "]")
		if i, err := strconv.Atoi(text); ok && err == nil && i < len(node.Content) {
			return find(node.Content[i], strings.TrimPrefix(rest, "."))
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if rest, ok := below(path, node.Content[i].Value); ok {
				return find(node.Content[i+1], rest)
			}
		}
	default: // a text, which has nothing below it
	}
	return node, false
}

// below returns what follows a name in a path. A name may be any text; one that
// looks like a path is in quotes.
func below(path, name string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, name)
	if !ok || name == "" {
		rest, ok = strings.CutPrefix(path, "["+strconv.Quote(name)+"]")
	}
	switch {
	case !ok:
		return "", false
	case rest == "" || rest[0] == '[':
		return rest, true
	}
	return strings.CutPrefix(rest, ".")
}

// keyOf returns where the name of a member of a mapping stands, the mapping
// itself if it has none.
func keyOf(node *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == name {
			return node.Content[i]
		}
	}
	return node
}

// lastOf returns the name of the field that a path ends in.
func lastOf(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// join is the path of a named thing below another one.
func join(path, name string) string {
	switch {
	case strings.ContainsAny(name, ".[]\""):
		return path + "[" + strconv.Quote(name) + "]"
	case path == "":
		return name
	}
	return path + "." + name
}
