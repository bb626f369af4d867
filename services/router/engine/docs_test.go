package engine_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// example is a fenced block of docs/rules.md under the heading it stands below.
type example struct {
	heading, language, text string
	line                    int
}

// played is what a block with events says.
type played struct {
	Wait      string              `yaml:"wait"` // of every kind
	Events    []map[string]any    `yaml:"events"`
	Decisions []map[string]string `yaml:"decisions"`
}

// TestDocs runs every example of docs/rules.md: rules are followed by events
// with the decisions about them, or by the text of what is wrong with them.
func TestDocs(t *testing.T) {
	t.Parallel()
	blocks := blocksOf(t, "../../../docs/rules.md")
	run := 0
	for i, b := range blocks {
		if b.language != "yaml" || !strings.HasPrefix(b.text, "rules:") {
			require.Contains(t, []string{"yaml", "text"}, b.language, "line %d", b.line)
			continue
		}
		t.Run(fmt.Sprintf("%s (line %d)", b.heading, b.line), func(t *testing.T) {
			t.Parallel()
			require.Greater(t, len(blocks), i+1, "nothing follows")
			next := blocks[i+1]
			if next.language == "text" {
				_, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(b.text)}}, rule.Catalog{})
				require.EqualError(t, err, strings.TrimRight(next.text, "\n"))
				return
			}
			require.True(t, strings.HasPrefix(next.text, "events:") || strings.HasPrefix(next.text, "wait:"), "no events follow")
			play(t, load(t, b.text), next.text)
		})
		run++
	}
	require.Greater(t, run, 10)
}

func blocksOf(t *testing.T, path string) []example {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var blocks []example
	heading, inside := "", false
	for i, line := range strings.Split(string(data), "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && !inside:
			blocks = append(blocks, example{heading: heading, language: fence, line: i + 1})
			inside = true
		case isFence:
			inside = false
		case inside:
			blocks[len(blocks)-1].text += line + "\n"
		case strings.HasPrefix(line, "#"):
			heading = strings.Trim(line, "# ")
		}
	}
	require.False(t, inside, "a block without an end")
	return blocks
}

func play(t *testing.T, set *rule.Set, text string) {
	t.Helper()
	var p played
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&p))
	settings := hourLate()
	if p.Wait != "" {
		wait, err := time.ParseDuration(p.Wait)
		require.NoError(t, err)
		settings.Wait = map[event.Kind]time.Duration{}
		for _, kind := range event.Kinds() {
			settings.Wait[kind] = wait
		}
	}
	e := engine.New(set, settings)
	got := []map[string]string{}
	for _, fields := range p.Events {
		var out []engine.Output
		if now, ok := fields["now"]; ok {
			out = e.Advance(at(now.(string)))
		} else {
			out = feed(e, stored(eventOf(t, fields)))
		}
		for _, o := range out {
			got = append(got, map[string]string{o.Decision.GetEventId(): sentence(set, o)})
		}
	}
	require.Equal(t, append([]map[string]string{}, p.Decisions...), got)
}

// eventOf reads an event as an events file has it, with times of one day and
// what matters to no rule filled in.
func eventOf(t *testing.T, fields map[string]any) *eventv1.Event {
	t.Helper()
	full := map[string]any{"source": "example", "native_id": fmt.Sprint("native-", fields["id"])}
	for name, value := range fields {
		switch name {
		case "at":
			full["occurred_at"] = at(value.(string)).Format(time.RFC3339Nano)
		case "seen":
			full["observed_at"] = at(value.(string)).Format(time.RFC3339Nano)
		default:
			full[name] = value
		}
	}
	data, err := json.Marshal(full)
	require.NoError(t, err)
	ev := &eventv1.Event{}
	require.NoError(t, protojson.Unmarshal(data, ev))
	require.NoError(t, event.Validate(ev))
	return ev
}

// sentence writes a decision as the examples do.
func sentence(set *rule.Set, o engine.Output) string {
	d := o.Decision
	var text strings.Builder
	text.WriteString(outcome(d))
	if len(set.Rules()) > 1 && d.GetRule() != "" {
		text.WriteString(" by " + d.GetRule())
	}
	if d.GetDetail() != "" {
		text.WriteString(", " + d.GetDetail())
	}
	for _, a := range d.GetActions() {
		text.WriteString("; " + a.GetType() + " " + a.GetTarget())
		if a.GetUntil() != nil {
			text.WriteString(" until " + a.GetUntil().AsTime().Format(time.RFC3339))
		}
	}
	if len(o.Actions) != len(d.GetActions()) {
		text.WriteString(" (not asked for)")
	}
	return text.String()
}
