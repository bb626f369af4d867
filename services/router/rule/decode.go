package rule

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/signalbox-io/signalbox/pkg/duration"
)

// decoder fills a message from YAML. It follows the message's descriptor, so
// a new field of the language needs no code here.
type decoder struct {
	source *source
	// rule is the name of the rule that is being read.
	rule string
}

// MaxFileBytes is the longest rules file that is read, far above ten thousand
// rules.
const MaxFileBytes = 8 << 20

// maxListed bounds how many words a message lists.
const maxListed = 24

// maxQuoted bounds what of a text is repeated in a message, in bytes.
const maxQuoted = 40

// rulesField is the list of rules in a file.
const rulesField protoreflect.FullName = "signalbox.rule.v1.RuleFile.rules"

// maxValues bounds how many values a file may hold by the marks that separate
// them. A parsed value takes a hundred times the memory of its two bytes.
const maxValues = 1 << 20

var syntaxLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// parse returns the root of the file's one document, nil when there is none
// or when it cannot be read; the faults are in the source then.
func parse(f File, s *source) *yaml.Node {
	if len(f.Data) > MaxFileBytes {
		s.report(1, 1, "", fmt.Sprintf("the file has %d bytes: expected at most %d, split it", len(f.Data), MaxFileBytes))
		return nil
	}
	if at := invalidUTF8(f.Data); at >= 0 {
		s.report(1+bytes.Count(f.Data[:at], []byte("\n")), 1, "",
			"this is not UTF-8: save the file in that encoding (UTF-16 and code pages are not read)")
		return nil
	}
	if n := marks(f.Data); n > maxValues {
		s.report(1, 1, "", fmt.Sprintf("the file has %d lines, commas, colons and brackets: expected at most %d, split it", n, maxValues))
		return nil
	}
	reader := yaml.NewDecoder(strings.NewReader(string(f.Data)))
	var document yaml.Node
	if err := reader.Decode(&document); err != nil {
		if !errors.Is(err, io.EOF) {
			s.syntax(err)
		}
		return nil
	}
	var next yaml.Node
	if err := reader.Decode(&next); err == nil {
		s.report(next.Line, next.Column, "", "a second document: expected one for each file")
		return nil
	} else if !errors.Is(err, io.EOF) {
		s.syntax(err)
		return nil
	}
	return document.Content[0]
}

// marks counts what separates values in YAML.
func marks(data []byte) int {
	n := 0
	for _, mark := range []byte("\n,:[{") {
		n += bytes.Count(data, []byte{mark})
	}
	return n
}

// invalidUTF8 returns where the text stops being UTF-8, -1 if it is all of it.
// A parser that is given another encoding may find nothing at all in it.
func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return bytes.IndexByte(data, 0) // UTF-16 without a mark
	}
	at := 0
	for at < len(data) {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

// syntax reports a fault of the YAML itself. The parser names the line only.
func (s *source) syntax(err error) {
	line, message := 1, err.Error()
	if m := syntaxLine.FindStringSubmatch(message); m != nil {
		message = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
		if strings.HasPrefix(message, "did not find expected") {
			line++ // the parser counts lines from 0 where the scanner counts from 1
		}
		line = min(line, len(s.lines))
	}
	text := s.line(line)
	column := 1 + len([]rune(text)) - len([]rune(strings.TrimLeft(text, " \t")))
	s.report(line, column, "", "no valid YAML: "+message)
}

func (d *decoder) fail(node *yaml.Node, format string, args ...any) {
	d.source.report(node.Line, node.Column, d.rule, fmt.Sprintf(format, args...))
}

// plain refuses what the rule language does not need of YAML: a few hundred
// bytes of aliases can stand for gigabytes.
func (d *decoder) plain(node *yaml.Node) bool {
	if node.Kind == yaml.AliasNode || node.Anchor != "" {
		d.fail(node, "anchors and aliases are not supported: write the value out")
		return false
	}
	return true
}

// message fills m from a mapping.
func (d *decoder) message(node *yaml.Node, m protoreflect.Message) {
	if !d.plain(node) {
		return
	}
	if node.Kind != yaml.MappingNode {
		d.fail(node, "expected %s, got %s", fieldList(m.Descriptor()), describe(node))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content) && !d.source.full(); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		fd := m.Descriptor().Fields().ByName(protoreflect.Name(key.Value))
		first, again := seen[key.Value]
		switch {
		case !d.plain(key):
		case key.Kind != yaml.ScalarNode || fd == nil:
			d.fail(key, "%s", unknownKey(key, m.Descriptor()))
		case again:
			d.fail(key, "%s stands here twice, first in line %d", key.Value, first)
		default:
			seen[key.Value] = key.Line
			d.oneof(key, m, fd)
			d.field(value, m, fd)
		}
	}
}

// oneof refuses a second choice where one is expected.
func (d *decoder) oneof(key *yaml.Node, m protoreflect.Message, fd protoreflect.FieldDescriptor) {
	if group := fd.ContainingOneof(); group != nil && m.WhichOneof(group) != nil {
		d.fail(key, "%s beside %s: expected one %s for each entry", key.Value, m.WhichOneof(group).Name(), group.Name())
	}
}

func (d *decoder) field(node *yaml.Node, m protoreflect.Message, fd protoreflect.FieldDescriptor) {
	if !d.plain(node) {
		return
	}
	switch {
	case fd.IsMap():
		d.mapping(node, m, fd)
	case fd.IsList():
		d.list(node, m, fd)
	case isStruct(fd):
		d.structure(node, m.Mutable(fd).Message())
	case fd.Kind() == protoreflect.MessageKind && fd.Message().FullName() != "google.protobuf.Duration":
		d.message(node, m.Mutable(fd).Message())
	default:
		if value, ok := d.scalar(node, fd); ok {
			m.Set(fd, value)
		}
	}
}

func (d *decoder) list(node *yaml.Node, m protoreflect.Message, fd protoreflect.FieldDescriptor) {
	if node.Kind != yaml.SequenceNode {
		d.fail(node, "%s is a list: expected [ … ] or lines that begin with -, got %s", fd.Name(), describe(node))
		return
	}
	list := m.Mutable(fd).List()
	isRules := fd.FullName() == rulesField
	for _, element := range node.Content {
		if d.source.full() {
			break
		}
		if fd.Kind() == protoreflect.MessageKind {
			if isRules {
				d.rule = nameOf(element)
			}
			d.message(element, list.AppendMutable().Message())
			continue
		}
		value := list.NewElement() // a fault keeps its index
		if d.plain(element) {
			if read, ok := d.scalar(element, fd); ok {
				value = read
			}
		}
		list.Append(value)
	}
	if isRules {
		d.rule = ""
	}
}

// mapping fills a map of texts or of messages.
func (d *decoder) mapping(node *yaml.Node, m protoreflect.Message, fd protoreflect.FieldDescriptor) {
	if fd.MapValue().Kind() == protoreflect.MessageKind {
		d.messages(node, m.Mutable(fd).Map())
		return
	}
	d.texts(node, m.Mutable(fd).Map())
}

// messages fills a map of messages.
func (d *decoder) messages(node *yaml.Node, m protoreflect.Map) {
	if node.Kind != yaml.MappingNode {
		d.fail(node, "expected names with what they stand for, got %s", describe(node))
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if !d.plain(key) || !d.plain(value) {
			continue
		}
		name := protoreflect.ValueOfString(key.Value).MapKey()
		switch {
		case key.Kind != yaml.ScalarNode || key.Value == "":
			d.fail(key, "expected a name, got %s", describe(key))
		case m.Has(name):
			d.fail(key, "%s stands here twice", describe(key))
		default:
			d.message(value, m.Mutable(name).Message())
		}
	}
}

// texts fills a map of texts.
func (d *decoder) texts(node *yaml.Node, m protoreflect.Map) {
	if node.Kind != yaml.MappingNode {
		d.fail(node, "expected names with texts, got %s", describe(node))
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if !d.plain(key) || !d.plain(value) {
			continue
		}
		name := protoreflect.ValueOfString(key.Value).MapKey()
		switch {
		case key.Kind != yaml.ScalarNode || key.Value == "":
			d.fail(key, "expected a name, got %s", describe(key))
		case m.Has(name):
			d.fail(key, "%s stands here twice", key.Value)
		case value.Kind != yaml.ScalarNode || value.Tag == "!!null":
			d.fail(value, "expected a text, got %s", describe(value))
		default:
			m.Set(name, protoreflect.ValueOfString(value.Value))
		}
	}
}

// scalar reads one value by the field's type.
func (d *decoder) scalar(node *yaml.Node, fd protoreflect.FieldDescriptor) (protoreflect.Value, bool) {
	none := protoreflect.Value{}
	want := wanted(fd)
	if node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
		d.fail(node, "%s: expected %s, got %s", fd.Name(), want, describe(node))
		return none, false
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(node.Value), true
	case protoreflect.BoolKind:
		if node.Tag == "!!bool" {
			return protoreflect.ValueOfBool(strings.EqualFold(node.Value, "true")), true
		}
	case protoreflect.Int32Kind:
		if n, err := strconv.ParseInt(node.Value, 10, 32); err == nil {
			return protoreflect.ValueOfInt32(int32(n)), true
		}
	case protoreflect.MessageKind:
		if length, err := duration.Parse(node.Value); err == nil {
			return protoreflect.ValueOfMessage(durationpb.New(length).ProtoReflect()), true
		}
	default: // the rule language has no field of another kind
	}
	d.fail(node, "%s: expected %s, got %s", fd.Name(), want, describe(node))
	return none, false
}

func wanted(fd protoreflect.FieldDescriptor) string {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return "true or false"
	case protoreflect.Int32Kind:
		return "a whole number"
	case protoreflect.MessageKind:
		return "a duration such as 90s, 15m, 6h or 7d"
	default:
		return "a text"
	}
}

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

// nameOf returns the name of the rule that a mapping holds, "" for none.
func nameOf(node *yaml.Node) string {
	at := slices.IndexFunc(node.Content, func(n *yaml.Node) bool { return n.Value == "name" })
	if node.Kind != yaml.MappingNode || at < 0 || at%2 == 1 || at+1 >= len(node.Content) || !ruleName.MatchString(node.Content[at+1].Value) {
		return ""
	}
	return node.Content[at+1].Value
}
