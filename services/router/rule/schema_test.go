package rule_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// validator checks values by the keywords of JSON Schema that Schema uses, and
// fails on any other.
type validator struct {
	root map[string]any
}

func newValidator(t *testing.T) *validator {
	t.Helper()
	data, err := rule.Schema()
	require.NoError(t, err)
	v := &validator{}
	require.NoError(t, json.Unmarshal(data, &v.root))
	return v
}

// check returns what of a YAML text the schema refuses.
func (v *validator) check(t *testing.T, text string) []string {
	t.Helper()
	var value any
	require.NoError(t, yaml.Unmarshal([]byte(text), &value), text)
	return v.value(v.root, value, "")
}

func (v *validator) value(schema map[string]any, value any, at string) (faults []string) {
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		faults = append(faults, v.keyword(schema, keyword, value, at)...)
	}
	return faults
}

func (v *validator) keyword(schema map[string]any, keyword string, value any, at string) []string {
	want := schema[keyword]
	object, isObject := value.(map[string]any)
	list, isList := value.([]any)
	text, isText := value.(string)
	number, isNumber := value.(int)
	fails := func(bad bool, what any) []string {
		if bad {
			return []string{fmt.Sprintf("%s: %s %v", at, keyword, what)}
		}
		return nil
	}
	limit := func() int { return int(want.(float64)) }
	switch keyword {
	case "$schema", "title", "description", "$defs", "then":
		return nil
	case "$ref":
		name := strings.TrimPrefix(want.(string), "#/$defs/")
		return v.value(v.root["$defs"].(map[string]any)[name].(map[string]any), value, at)
	case "type":
		return fails(!isOfType(want, value), want)
	case "enum":
		return fails(!slices.ContainsFunc(want.([]any), func(w any) bool { return w == value }), want)
	case "pattern":
		return fails(isText && !regexp.MustCompile(want.(string)).MatchString(text), want)
	case "minimum":
		return fails(isNumber && number < limit(), want)
	case "maximum":
		return fails(isNumber && number > limit(), want)
	case "minItems":
		return fails(isList && len(list) < limit(), want)
	case "maxItems":
		return fails(isList && len(list) > limit(), want)
	case "minProperties":
		return fails(isObject && len(object) < limit(), want)
	case "maxProperties":
		return fails(isObject && len(object) > limit(), want)
	case "uniqueItems":
		return fails(isList && hasTwice(list), want)
	case "required":
		return fails(isObject && slices.ContainsFunc(want.([]any), func(name any) bool { return object[name.(string)] == nil }), want)
	case "if":
		if len(v.value(want.(map[string]any), value, at)) > 0 {
			return nil
		}
		return v.value(schema["then"].(map[string]any), value, at)
	case "propertyNames":
		return v.each(object, func(name string, _ any) []string { return v.value(want.(map[string]any), name, at+"."+name) })
	case "properties":
		return v.each(object, func(name string, member any) []string {
			property, known := want.(map[string]any)[name]
			if !known {
				return nil
			}
			return v.value(property.(map[string]any), member, at+"."+name)
		})
	case "additionalProperties":
		known, _ := schema["properties"].(map[string]any)
		return v.each(object, func(name string, member any) []string {
			if known[name] != nil {
				return nil
			}
			if rest, ok := want.(map[string]any); ok {
				return v.value(rest, member, at+"."+name)
			}
			return []string{at + ": unknown " + name}
		})
	case "items":
		var faults []string
		for i, item := range list {
			faults = append(faults, v.value(want.(map[string]any), item, fmt.Sprintf("%s[%d]", at, i))...)
		}
		return faults
	}
	return []string{"the schema has the unknown keyword " + keyword}
}

func (v *validator) each(object map[string]any, check func(string, any) []string) (faults []string) {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		faults = append(faults, check(name, object[name])...)
	}
	return faults
}

func hasTwice(list []any) bool {
	for i, x := range list {
		if slices.Contains(list[:i], x) {
			return true
		}
	}
	return false
}

func isOfType(want, value any) bool {
	if several, ok := want.([]any); ok {
		return slices.ContainsFunc(several, func(one any) bool { return isOfType(one, value) })
	}
	switch value.(type) {
	case map[string]any:
		return want == "object"
	case []any:
		return want == "array"
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case int:
		return want == "integer" || want == "number"
	case float64:
		return want == "number"
	}
	return false
}

// examples are the rules files of the project, and the rules of its
// documentation.
func examples(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	root := filepath.Join("..", "..", "..")
	require.NoError(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".." {
			return filepath.SkipDir
		}
		if name := entry.Name(); filepath.Ext(name) != ".yaml" && name != "rules.md" {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if filepath.Ext(path) == ".yaml" {
			files[path] = string(data)
			return nil
		}
		for i, block := range strings.Split(string(data), "```yaml\n")[1:] {
			text, _, _ := strings.Cut(block, "```")
			files[fmt.Sprintf("%s block %d", path, i)] = text
		}
		return nil
	}))
	return files
}

func TestSchema_TakesEveryExample(t *testing.T) {
	t.Parallel()
	v, taken := newValidator(t), 0
	for name, text := range examples(t) {
		set, err := rule.Load([]rule.File{{Name: name, Data: []byte(text)}}, rule.Catalog{})
		if err != nil || len(set.Rules()) == 0 {
			continue
		}
		require.Empty(t, v.check(t, text), name)
		taken++
	}
	require.Greater(t, taken, 20)
	for _, text := range []string{wholeLanguage, weekend, otherActions, string(manyRules(8))} {
		require.Empty(t, v.check(t, text))
	}
}

func TestSchema_RefusesTypos(t *testing.T) {
	t.Parallel()
	v := newValidator(t)
	for text, want := range map[string]string{
		"rulez: []":                 ": unknown rulez",
		valid("    whem: 'true'\n"): ".rules[0]: unknown whem",
		"rules: [{name: one, mode: loud, on: [anomaly]}]":                                      ".rules[0].mode: enum",
		"rules: [{name: One, mode: off, on: [anomaly]}]":                                       ".rules[0].name: pattern",
		"rules: [{name: one, on: [anomaly]}]":                                                  ".rules[0]: required",
		"rules: [{name: one, mode: auto, on: [anomaly]}]":                                      ".rules[0]: required [do]",
		"rules: [{name: one, mode: off, on: anomaly}]":                                         ".rules[0].on: type",
		"rules: [{name: one, mode: off, on: []}]":                                              ".rules[0].on: minItems",
		"rules: [{name: one, mode: off, on: [anomaly, anomaly]}]":                              ".rules[0].on: uniqueItems",
		anomalies("count: {at_least: 0, within: 1h}"):                                          ".rules[0].count.at_least: minimum",
		anomalies("count: {at_least: two, within: 1h}"):                                        ".rules[0].count.at_least: type",
		anomalies("count: {at_least: 2}"):                                                      ".rules[0].count: required",
		anomalies("cooldown: 60"):                                                              ".rules[0].cooldown: type",
		anomalies("cooldown: 6 h"):                                                             ".rules[0].cooldown: pattern",
		anomalies("flap: {at_least: 1, within: 1h}"):                                           ".rules[0].flap.at_least: minimum",
		anomalies("limits: [{max: 1, per: 1h, across: world}]"):                                ".rules[0].limits[0].across: enum",
		action("pause_alrt: {}"):                                                               ".rules[0].do[0]: unknown pause_alrt",
		action("pause_alert: {source: a, alert_id: b}"):                                        ".rules[0].do[0].pause_alert: required",
		action("publish: {subject: a}, resume_alert: {source: a, alert_id: b}"):                ".rules[0].do[0]: maxProperties",
		action("send_metrics: {source: a, properties: {what: w}, value: 1, target_type: sum}"): ".target_type: enum",
		action("create_alert: {source: a, title: b, configuration: {}}"):                       ".configuration: minProperties",
		window("{from: '24:00', to: '01:00'}"):                                                 ".mute_windows.w.from: pattern",
		window("{from: '01:00', to: '01:00', days: [mon, sud]}"):                               ".mute_windows.w.days[1]: pattern",
		"mute_windows: {W: {from: '01:00', to: '01:00'}}":                                      ".mute_windows.W: pattern",
	} {
		require.Contains(t, strings.Join(v.check(t, text), "\n"), want, text)
		_, err := load(text)
		require.Error(t, err, "the schema refuses what loads: %s", text)
	}
}

// The committed schema and the language's text are those of this code; `make
// generate` writes both.
func TestSchema_IsCurrent(t *testing.T) {
	t.Parallel()
	schema, err := rule.Schema()
	require.NoError(t, err)
	committed, err := os.ReadFile("../../../docs/rules.schema.json")
	require.NoError(t, err)
	require.Equal(t, string(schema), string(committed))
	language, err := os.ReadFile("../../../proto/signalbox/rule/v1/rule.proto")
	require.NoError(t, err)
	taken, err := os.ReadFile("rule.proto.txt")
	require.NoError(t, err)
	require.Equal(t, string(language), string(taken))
}

func TestSchema_DescribesEverything(t *testing.T) {
	t.Parallel()
	v := newValidator(t)
	described := 0
	for name, definition := range v.root["$defs"].(map[string]any) {
		require.NotEmpty(t, definition.(map[string]any)["description"], name)
		for field, property := range definition.(map[string]any)["properties"].(map[string]any) {
			require.NotEmpty(t, property.(map[string]any)["description"], name+"."+field)
			described++
		}
	}
	require.Greater(t, described, 80)
}
