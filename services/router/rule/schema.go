package rule

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/signalbox-io/signalbox/pkg/event"
	rulev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/rule/v1"
)

// Schema returns a JSON Schema (draft 2020-12) of rules files, for editors. It
// follows the messages of the language and describes each field in the words of
// their comments. What it accepts may still be refused by [Load], which reads
// expressions too; what it refuses Load refuses.
func Schema() ([]byte, error) {
	w := &schemaWriter{about: descriptions(), definitions: map[string]any{}}
	file := (&rulev1.RuleFile{}).ProtoReflect().Descriptor()
	root := w.object(file)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Rules of Signalbox"
	root["$defs"] = w.definitions
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(root)
	return out.Bytes(), err
}

// Patterns of texts.
const (
	namePattern     = `^[a-z][a-z0-9-]{0,62}$`
	durationPattern = `^([0-9]+d|([0-9]+d)?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$`
	clockPattern    = `^([01][0-9]|2[0-3]):[0-5][0-9]$`
	dayPattern      = `^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$`
)

// schemaWriter writes the schema of each message once.
type schemaWriter struct {
	about       map[string]string
	definitions map[string]any
}

// reference refers to the schema of a message.
func (w *schemaWriter) reference(md protoreflect.MessageDescriptor) map[string]any {
	name := string(md.Name())
	if w.definitions[name] == nil {
		w.definitions[name] = true // it may refer to itself
		w.definitions[name] = w.object(md)
	}
	return map[string]any{"$ref": "#/$defs/" + name}
}

// object is the schema of a message.
func (w *schemaWriter) object(md protoreflect.MessageDescriptor) map[string]any {
	name := string(md.Name())
	properties := map[string]any{}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		property := w.field(fd)
		property["description"] = w.about[name+"."+string(fd.Name())]
		properties[string(fd.Name())] = property
	}
	object := map[string]any{
		"type": "object", "description": w.about[name], "properties": properties, "additionalProperties": false,
	}
	if required := requiredOf(name); len(required) > 0 {
		object["required"] = required
	}
	switch name {
	case "Do":
		object["minProperties"], object["maxProperties"] = 1, 1
	case "Rule":
		object["if"] = map[string]any{"properties": map[string]any{"mode": map[string]any{"enum": []Mode{Suggest, Auto}}}}
		object["then"] = map[string]any{"required": []string{"do"}}
	}
	return object
}

// field is the schema of a field.
func (w *schemaWriter) field(fd protoreflect.FieldDescriptor) map[string]any {
	schema := map[string]any{}
	switch {
	case fd.IsMap():
		schema["type"], schema["additionalProperties"] = "object", w.single(fd.MapValue())
		if fd.MapValue().Kind() == protoreflect.MessageKind {
			schema["propertyNames"] = map[string]any{"pattern": namePattern}
		}
	case fd.IsList():
		schema["type"], schema["items"] = "array", w.single(fd)
	default:
		schema = w.single(fd)
	}
	maps.Copy(schema, boundsOf(fd))
	return schema
}

// single is the schema of one value of a field.
func (w *schemaWriter) single(fd protoreflect.FieldDescriptor) map[string]any {
	switch {
	case fd.Kind() == protoreflect.BoolKind:
		return map[string]any{"type": "boolean"}
	case fd.Kind() == protoreflect.Int32Kind:
		return map[string]any{"type": "integer"}
	case isStruct(fd):
		return map[string]any{"type": "object", "minProperties": 1}
	case fd.Kind() == protoreflect.MessageKind && fd.Message().FullName() == "google.protobuf.Duration":
		return map[string]any{"type": "string", "pattern": durationPattern}
	case fd.Kind() == protoreflect.MessageKind:
		return w.reference(fd.Message())
	default:
		return textOf(fd)
	}
}

// textOf is the schema of a text. Where any text will do, so will a number or a
// truth value, which YAML tells apart and the language does not.
func textOf(fd protoreflect.FieldDescriptor) map[string]any {
	words := func(list any) map[string]any { return map[string]any{"enum": list} }
	pattern := func(p string) map[string]any { return map[string]any{"type": "string", "pattern": p} }
	switch string(fd.Parent().Name()) + "." + string(fd.Name()) {
	case "Rule.mode":
		return words([]Mode{Off, Shadow, Suggest, Auto})
	case "Rule.on", "Given.on":
		return words(event.Kinds())
	case "Limit.across":
		return words([]Across{AcrossRule, AcrossKey, AcrossTarget, AcrossSource})
	case "DoSendMetrics.target_type":
		return words(SpecOf("send_metrics").fields["target_type"].words)
	case "Rule.name", "Rule.mute":
		return pattern(namePattern)
	case "MuteWindow.from", "MuteWindow.to":
		return pattern(clockPattern)
	case "MuteWindow.days":
		return pattern(dayPattern)
	}
	return map[string]any{"type": []string{"string", "number", "boolean"}}
}

// boundsOf are the bounds of a field besides its type.
func boundsOf(fd protoreflect.FieldDescriptor) map[string]any {
	switch string(fd.Parent().Name()) + "." + string(fd.Name()) {
	case "Rule.on":
		return map[string]any{"minItems": 1, "uniqueItems": true}
	case "Rule.key", "Given.key":
		return map[string]any{"maxItems": maxKeys}
	case "Rule.given":
		return map[string]any{"maxItems": maxGiven}
	case "Rule.limits":
		return map[string]any{"maxItems": maxLimits}
	case "Rule.mute":
		return map[string]any{"maxItems": maxMute, "uniqueItems": true}
	case "Rule.do":
		return map[string]any{"maxItems": maxActions}
	case "Count.at_least", "Given.at_least", "Limit.max":
		return map[string]any{"minimum": 1, "maximum": maxAtLeast}
	case "Flap.at_least":
		return map[string]any{"minimum": 2, "maximum": maxAtLeast}
	}
	return nil
}

// requiredOf are the fields that a message must have.
func requiredOf(message string) []string {
	switch message {
	case "Rule":
		return []string{"name", "mode", "on"}
	case "Count", "Flap":
		return []string{"at_least", "within"}
	case "Given":
		return []string{"on", "key", "within"}
	case "Hold":
		return []string{"for"}
	case "Limit":
		return []string{"max", "per"}
	case "MuteWindow":
		return []string{"from", "to"}
	}
	do := (&rulev1.Do{}).ProtoReflect().Descriptor().Fields()
	for i := range do.Len() {
		if string(do.Get(i).Message().Name()) == message {
			return SpecOf(string(do.Get(i).Name())).required(do.Get(i).Message())
		}
	}
	return nil
}

// required are the fields that the rule's message of the action must have.
func (s *ActionSpec) required(md protoreflect.MessageDescriptor) []string {
	return slices.DeleteFunc(fieldNames(md), func(name string) bool {
		switch {
		case name == "for":
			return s.Term != MustEnd
		case md.Fields().ByName(protoreflect.Name(name)).Kind() == protoreflect.BoolKind:
			return true
		}
		return s.fields[name].optional
	})
}
