package rule

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxListed bounds how many words a message lists.
const maxListed = 24

// maxQuoted bounds what of a text is repeated in a message, in bytes.
const maxQuoted = 40

// describe names what stands there instead.
func describe(node *yaml.Node) string {
	switch {
	case node.Kind == yaml.MappingNode:
		return "a mapping"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case node.Tag == "!!null":
		return "nothing"
	default:
		return quoted(node.Value)
	}
}

// quoted writes a text in quotes, of a long one the beginning.
func quoted(text string) string {
	if len(text) > maxQuoted {
		return strconv.Quote(strings.ToValidUTF8(text[:maxQuoted], "")) + "…"
	}
	return strconv.Quote(text)
}

func fieldList(md protoreflect.MessageDescriptor) string {
	return alternatives(fieldNames(md))
}

func fieldNames(md protoreflect.MessageDescriptor) []string {
	names := make([]string, md.Fields().Len())
	for i := range names {
		names[i] = string(md.Fields().Get(i).Name())
	}
	return names
}

// alternatives writes words as `a, b or c`.
func alternatives(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func unknownKey(key *yaml.Node, md protoreflect.MessageDescriptor) string {
	return fmt.Sprintf("unknown key %s: %s", describe(key), nearest(fieldNames(md), key.Value))
}

// nearest says which of the words was meant, or else which there are.
func nearest(words []string, wrong string) string {
	for _, word := range words {
		if distance(word, wrong) <= 2 {
			return fmt.Sprintf("did you mean %s?", word)
		}
	}
	return "expected " + alternatives(words[:min(len(words), maxListed)])
}

// distance counts the characters to change, add or drop to get b from a; it
// stops caring above long words.
func distance(a, b string) int {
	if len(b) > 2*len(a)+2 || len(a) < 3 {
		return len(a) + len(b)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
