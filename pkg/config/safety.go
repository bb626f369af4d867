package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/duration"
	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
)

// maxReorder bounds how long events are held back: every one of them waits in
// memory.
const maxReorder = 24 * time.Hour

func (c *checker) engine(m *configv1.Engine) Engine {
	e := Engine{
		MaxLateness:    c.positive("engine.max_lateness", m.GetMaxLateness(), defaultLateness),
		Reorder:        m.GetReorder().AsDuration(),
		MaxKeysPerRule: c.count("engine.max_keys_per_rule", m.GetMaxKeysPerRule(), defaultMaxKeys, "keys"),
	}
	if e.Reorder < 0 || e.Reorder > maxReorder {
		c.document.Report("engine.reorder", "%s is not between 0s, for not at all, and %s",
			duration.Format(e.Reorder), duration.Format(maxReorder))
	}
	return e
}

// count returns the number at path, or fallback where the file says nothing.
func (c *checker) count(path string, value int32, fallback int, noun string) int {
	if !c.document.Has(path) {
		return fallback
	}
	if value < 1 && !c.document.Refused(path) {
		c.document.Report(path, "%d is no number of %s; write 1 or more, the default is %d", value, noun, fallback)
	}
	return int(value)
}

func (c *checker) safety(m *configv1.Safety) Safety {
	s := Safety{
		MaxActionsPerHour: c.count("safety.max_actions_per_hour", m.GetMaxActionsPerHour(), defaultActionsHour, "actions"),
		Never:             c.never(m.GetNever()),
		Stop:              m.GetStop(),
	}
	s.MaxPausedAlerts, s.MaxPausedPercent = c.maxPaused(m.GetMaxPausedAlerts())
	return s
}

// maxPaused reads a number or a share: `5` or `20%`.
func (c *checker) maxPaused(text string) (alerts, percent int) {
	const path = "safety.max_paused_alerts"
	if !c.document.Has(path) || c.document.Refused(path) {
		return 0, defaultPausedPercent
	}
	digits, isShare := strings.CutSuffix(text, "%")
	number, err := strconv.ParseInt(digits, 10, 32)
	switch {
	case err != nil || number < 1 || strings.HasPrefix(digits, "+"):
		c.document.Report(path, "%q is neither a number of alerts nor a share of them; write such as 5 or 20%%", text)
	case isShare && number > 100:
		c.document.Report(path, "%s is more than all of them; write 1%% to 100%%", text)
	case isShare:
		return 0, int(number)
	}
	return int(number), 0
}

func (c *checker) never(m *configv1.Never) Never {
	for i, severity := range m.GetSeverities() {
		c.oneOf(fmt.Sprintf("safety.never.severities[%d]", i), severity, "critical", "high", "medium", "low", "info")
	}
	for name, list := range map[string][]string{"ids": m.GetIds(), "titles": m.GetTitles(), "labels": m.GetLabels()} {
		for i, text := range list {
			if text == "" {
				c.document.Report(fmt.Sprintf("safety.never.%s[%d]", name, i), "the text is empty and names no alert; remove it")
			}
		}
	}
	return Never{IDs: m.GetIds(), Titles: m.GetTitles(), Severities: m.GetSeverities(), Labels: m.GetLabels()}
}

// message turns the limits back into the message of a file.
func (s Safety) message() *configv1.Safety {
	m := &configv1.Safety{
		MaxPausedAlerts:   strconv.Itoa(s.MaxPausedAlerts),
		MaxActionsPerHour: int32(s.MaxActionsPerHour),
		Stop:              s.Stop,
	}
	never := &configv1.Never{
		Ids: s.Never.IDs, Titles: s.Never.Titles, Severities: s.Never.Severities, Labels: s.Never.Labels,
	}
	if proto.Size(never) > 0 {
		m.Never = never
	}
	if s.MaxPausedPercent > 0 {
		m.MaxPausedAlerts = strconv.Itoa(s.MaxPausedPercent) + "%"
	}
	return m
}
