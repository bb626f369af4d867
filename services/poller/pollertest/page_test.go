package pollertest_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
)

// names are sets of names by what they name: label, measure, reason.
type names map[string]map[string]bool

func (n names) add(what, name string) {
	if n[what] == nil {
		n[what] = map[string]bool{}
	}
	n[what][name] = true
}

// produced is what the golden files of a vendor hold.
type produced struct {
	names  names
	events []*eventv1.Event
}

func readGolden(t *testing.T, folder string) produced {
	t.Helper()
	out := produced{names: names{}}
	vendors := os.DirFS("..")
	paths, err := fs.Glob(vendors, folder+"/testdata/*.golden.json")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		data, err := fs.ReadFile(vendors, path)
		require.NoError(t, err)
		var file pollertest.File
		require.NoError(t, json.Unmarshal(data, &file))
		for _, text := range file.Events {
			e := &eventv1.Event{}
			require.NoError(t, protojson.Unmarshal(text, e))
			out.events = append(out.events, e)
			for name := range e.GetLabels() {
				out.names.add("label", name)
			}
			for name := range e.GetTraffic().GetMeasures() {
				out.names.add("measure", name)
			}
		}
		for _, r := range file.Rejected {
			out.names.add("reason", r.Reason)
		}
	}
	return out
}

var (
	tableRow    = regexp.MustCompile("^\\| `([a-z_]+)` \\|")
	tableHead   = regexp.MustCompile(`^\| (label|measure|reason) \|`)
	jsonExample = regexp.MustCompile("(?s)```json\n(.*?)```")
)

// section returns the part of the page below the heading.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, "\n## "+heading+"\n")
	require.True(t, found, "docs/events.md has no section %s", heading)
	body, _, _ := strings.Cut(rest, "\n## ")
	return body
}

func namesIn(text string) names {
	found, what := names{}, ""
	for line := range strings.Lines(text) {
		if head := tableHead.FindStringSubmatch(line); head != nil {
			what = head[1]
		} else if !strings.HasPrefix(line, "|") {
			what = ""
		}
		if row := tableRow.FindStringSubmatch(line); row != nil && what != "" {
			found.add(what, row[1])
		}
	}
	return found
}

// TestPage_SaysWhatTheCodeMakes compares docs/events.md with the golden files.
func TestPage_SaysWhatTheCodeMakes(t *testing.T) {
	t.Parallel()
	data, err := fs.ReadFile(os.DirFS("../../.."), "docs/events.md")
	require.NoError(t, err)
	page := string(data)
	for folder, heading := range map[string]string{
		"anodot": "Anodot", "anomify": "Anomify", "anura": "Anura",
		"securereporter": "Secure Reporter", "analytics": "Analytics Platform",
	} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			text, made := section(t, page, heading), readGolden(t, folder)
			require.Equal(t, made.names, namesIn(text), "names in the tables below %s", heading)
			requireExamples(t, text, made.events)
			for _, e := range made.events {
				require.Contains(t, text, "- Subject `"+subject(text, e)+"`")
			}
			for name := range made.names["measure"] {
				require.Contains(t, section(t, page, "What all events have"), "`"+name+"`")
			}
		})
	}
}

// requireExamples holds the section's examples against the golden events.
func requireExamples(t *testing.T, text string, events []*eventv1.Event) {
	t.Helper()
	examples := jsonExample.FindAllStringSubmatch(text, -1)
	require.NotEmpty(t, examples)
	for _, example := range examples {
		e := &eventv1.Event{}
		require.NoError(t, protojson.Unmarshal([]byte(example[1]), e))
		require.True(t, slices.ContainsFunc(events, func(made *eventv1.Event) bool { return proto.Equal(made, e) }),
			"no golden event equals the example %s", e.GetNativeId())
	}
}

// subject writes the event's subject with the section's own words for what
// varies.
func subject(text string, e *eventv1.Event) string {
	tokens := strings.Split(bus.EventSubject(e), ".")
	tokens[4] = "<source>"
	for at, word := range map[int]string{2: "<kind>", 5: "<severity>"} {
		if strings.Contains(text, "."+word) {
			tokens[at] = word
		}
	}
	return strings.Join(tokens, ".")
}

// TestPage_NamesEveryHeader compares the page with what a message has.
func TestPage_NamesEveryHeader(t *testing.T) {
	t.Parallel()
	data, err := fs.ReadFile(os.DirFS("../../.."), "docs/events.md")
	require.NoError(t, err)
	b := bustest.New(t)
	heard, err := b.Conn().SubscribeSync(bus.AllEvents)
	require.NoError(t, err)
	_, err = b.PublishEvents(t.Context(), readGolden(t, "anura").events[:1])
	require.NoError(t, err)
	msg, err := heard.NextMsgWithContext(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, msg.Header)
	for name := range msg.Header {
		require.Contains(t, section(t, string(data), "On the bus"), "`"+name+"`")
	}
}
