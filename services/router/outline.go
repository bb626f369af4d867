package router

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// passage is where a rule stands in its file and what it says there.
type passage struct {
	file string
	line int
	// text is that of its lines.
	text string
	// content is what it says, without comments and formatting, and what the
	// mute windows say that it names.
	content any
}

// outline returns the passage of each rule by its name. The files are those of
// a compiled set.
func outline(files []rule.File) map[string]passage {
	passages := map[string]passage{}
	windows := map[string]any{}
	for _, file := range files {
		var document struct {
			Rules   []yaml.Node
			Windows map[string]any `yaml:"mute_windows"`
		}
		var root yaml.Node
		if yaml.Unmarshal(file.Data, &root) != nil || root.Decode(&document) != nil {
			continue // nothing to show, then
		}
		maps.Copy(windows, document.Windows)
		lines := strings.Split(string(file.Data), "\n")
		for i := range document.Rules {
			node := &document.Rules[i]
			content := map[string]any{}
			if node.Decode(&content) != nil {
				continue
			}
			name, _ := content["name"].(string)
			passages[name] = passage{
				file: file.Name, line: node.Line, content: content,
				text: textOf(lines, node, endOf(&root, document.Rules[i+1:], len(lines)+1)),
			}
		}
	}
	for _, p := range passages {
		addWindows(p.content.(map[string]any), windows)
	}
	return passages
}

// addWindows puts what the named windows say into what a rule says.
func addWindows(content, windows map[string]any) {
	names, _ := content["mute"].([]any)
	for i, name := range names {
		if text, ok := name.(string); ok {
			names[i] = []any{text, windows[text]}
		}
	}
}

// endOf returns the line at which something else begins: the next rule, or what
// follows the rules.
func endOf(root *yaml.Node, following []yaml.Node, end int) int {
	if len(following) > 0 {
		return following[0].Line
	}
	if len(root.Content) == 0 {
		return end
	}
	isBehind := false
	for i, node := range root.Content[0].Content {
		if isBehind && i%2 == 0 {
			return node.Line
		}
		isBehind = isBehind || i%2 == 0 && node.Value == "rules"
	}
	return end
}

// textOf returns the lines of the rule, without what stands between it and what
// follows at the margin of a line.
func textOf(lines []string, node *yaml.Node, end int) string {
	begin := min(node.Line, len(lines))
	text := slices.Clone(lines[begin-1 : max(begin, min(end-1, len(lines)))])
	for len(text) > 1 {
		last := strings.TrimSpace(text[len(text)-1])
		if last != "" && !strings.HasPrefix(last, "#") {
			break
		}
		text = text[:len(text)-1]
	}
	return strings.Join(text, "\n")
}

// summaries returns each rule in short, in the order in which they are judged.
// They are shared: do not change them.
func (r *Rules) summaries() []*routerv1.RuleSummary {
	r.outlined.Do(func() { r.outline = r.summarize() })
	return r.outline
}

func (r *Rules) summarize() []*routerv1.RuleSummary {
	passages, classes := outline(r.files), r.Classes()
	list := make([]*routerv1.RuleSummary, 0, len(r.Rules()))
	for _, one := range r.Rules() {
		at := passages[one.Name]
		summary := &routerv1.RuleSummary{
			Name: one.Name, Mode: string(one.Mode), Description: one.Description, File: at.file, Line: int32(at.line),
			Class: string(classes[one]), Key: one.Source.GetKey(),
		}
		for _, kind := range one.On {
			summary.On = append(summary.On, string(kind))
		}
		for _, action := range one.Do {
			summary.Actions = append(summary.Actions, action.Spec.Type)
		}
		list = append(list, summary)
	}
	return list
}

// withKeys returns each rule in short with how many keys it remembers, where that
// is known. They may be shared: do not change them.
func (r *Rules) withKeys(keys []int) []*routerv1.RuleSummary {
	list := r.summaries()
	if len(keys) != len(list) {
		return list
	}
	list = slices.Clone(list)
	for i, n := range keys {
		list[i] = proto.CloneOf(list[i])
		list[i].Keys = int32(n)
	}
	return list
}

// difference returns the names of rules that are only in b, only in a, and in
// both but say something else; the first and the last in b's order.
func difference(a, b *Rules) (added, removed, changed []string) {
	before, after := outline(a.files), outline(b.files)
	for _, one := range b.Rules() {
		old, was := before[one.Name]
		switch {
		case !was:
			added = append(added, one.Name)
		case !reflect.DeepEqual(old.content, after[one.Name].content):
			changed = append(changed, one.Name)
		}
	}
	for _, one := range a.Rules() {
		if _, is := after[one.Name]; !is {
			removed = append(removed, one.Name)
		}
	}
	return added, removed, changed
}
