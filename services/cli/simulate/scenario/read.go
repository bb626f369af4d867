package scenario

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/signalbox-io/signalbox/pkg/config/document"
	simulatorv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/simulator/v1"
)

// storyDemo is the one story that a scenario can name.
const storyDemo = "demo"

// Open reads a scenario from a file.
func Open(path string) (*simulatorv1.Scenario, error) {
	data, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("read the scenario: %w", err)
	}
	return Read(path, data)
}

// Read reads a scenario; name is what problems call it. It returns all problems
// at once, as [document.Problems].
func Read(name string, data []byte) (*simulatorv1.Scenario, error) {
	read := &simulatorv1.Scenario{}
	c := checker{document.Read(name, data)}
	c.Decode(read, "")
	if !c.Unreadable() {
		c.scenario(read)
	}
	if problems := c.Problems(); len(problems) > 0 {
		return nil, problems
	}
	return read, nil
}

// checker finds what is wrong beyond types and names.
type checker struct{ *document.Document }

func (c checker) scenario(s *simulatorv1.Scenario) {
	if story := s.GetStory(); story != "" && story != storyDemo {
		c.Report("story", "there is no story %q; write %s or leave it out", story, storyDemo)
	}
	if hook := s.GetAnodotWebhook(); hook != "" {
		if parsed, err := url.Parse(hook); err != nil || parsed.Host == "" {
			c.Hide("anodot_webhook")
			c.Report("anodot_webhook", "it is no address; write http://host:port/hooks/anodot/SECRET")
		}
	}
	for i, alert := range s.GetAlerts() {
		path := fmt.Sprintf("alerts[%d]", i)
		c.need(path+".id", alert.GetId())
		c.oneOf(path+".severity", alert.GetSeverity(), "critical", "high", "medium", "low", "info")
	}
	for i, h := range s.GetHappenings() {
		path := fmt.Sprintf("happenings[%d]", i)
		c.times(path, h)
		c.happening(path, s, h)
	}
	for i, f := range s.GetFaults() {
		path := fmt.Sprintf("faults[%d]", i)
		c.times(path, f)
		c.fault(path, f)
	}
}

// timed is what comes once or again and again.
type timed interface {
	GetAt() *durationpb.Duration
	GetEvery() *durationpb.Duration
	GetUntil() *durationpb.Duration
}

func (c checker) times(path string, t timed) {
	for name, value := range map[string]*durationpb.Duration{"at": t.GetAt(), "every": t.GetEvery(), "until": t.GetUntil()} {
		if value.AsDuration() < 0 {
			c.Report(path+"."+name, "it is negative; times count from the start of the scenario")
		}
	}
	if t.GetUntil() != nil && t.GetEvery() == nil {
		c.Report(path+".until", "it ends what comes again; say so with every, or leave it out")
	}
	if t.GetEvery() != nil && t.GetEvery().AsDuration() == 0 {
		c.Report(path+".every", "it is 0; leave it out for what comes once")
	}
}

func (c checker) need(path, value string) {
	if value == "" && !c.Refused(path) {
		c.Report(path, "it is missing")
	}
}

// oneOf takes "" for the default.
func (c checker) oneOf(path, value string, words ...string) {
	if value != "" && !slices.Contains(words, value) {
		c.Report(path, "%q is none of %v", value, words)
	}
}
