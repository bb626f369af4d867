package rule

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on every machine

	rulev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/rule/v1"
)

// maxMute bounds the windows that one rule names, maxWindows those of a file.
const (
	maxMute    = 16
	maxWindows = 1000
)

var clockTime = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)

// zones are the time zones that were looked up, nil for one that there is not.
type zones map[string]*time.Location

func (z zones) find(name string) *time.Location {
	zone, known := z[name]
	if !known {
		// The machine's own zone would mean another window elsewhere.
		if loaded, err := time.LoadLocation(name); err == nil && name != "Local" {
			zone = loaded
		}
		z[name] = zone
	}
	return zone
}

// muteWindows compiles the mute windows of the file, ordered by name.
func (c *compiler) muteWindows() {
	if n := len(c.file.GetMuteWindows()); n > maxWindows {
		list, _ := find(c.root, "mute_windows")
		c.decoder.fail(list, "%d mute windows: expected at most %d in one file", n, maxWindows)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(c.file.GetMuteWindows())) {
		if c.decoder.source.full() {
			return
		}
		c.muteWindow(name, c.file.GetMuteWindows()[name])
	}
}

func (c *compiler) muteWindow(name string, w *rulev1.MuteWindow) {
	list, _ := find(c.root, "mute_windows")
	key := keyOf(list, name)
	c.at, _ = find(list, join("", name))
	if !ruleName.MatchString(name) {
		c.decoder.fail(key, "name %s: expected a lower-case letter, then up to 62 letters, digits or -", quoted(name))
		return
	}
	if first, taken := c.windows[name]; taken {
		c.decoder.fail(key, "mute window %s is there twice: %s:%d has it already", name, first.File, first.Line)
		return
	}
	c.windows[name] = &MuteWindow{
		Name: name,
		From: c.clock("from", w.GetFrom()),
		To:   c.clock("to", w.GetTo()),
		Days: c.days("days", w.GetDays()),
		Zone: c.zone("time_zone", w.GetTimeZone()),
		File: c.decoder.source.name, Line: key.Line, Column: key.Column,
	}
}

// clock reads a time of day as minutes since midnight.
func (c *compiler) clock(path, text string) int {
	switch {
	case text == "" && !c.written(path):
		c.fail(path, "%s is missing: expected a time of day such as 22:00", lastOf(path))
		return 0
	case !clockTime.MatchString(text):
		c.fail(path, "%s %s: expected a time of day from 00:00 to 23:59", lastOf(path), quoted(text))
		return 0
	}
	var hour, minute int
	_, _ = fmt.Sscanf(text, "%d:%d", &hour, &minute)
	return 60*hour + minute
}

// days reads days and ranges of days; a range may go over the end of the week.
func (c *compiler) days(path string, words []string) (on [7]bool) {
	if len(words) == 0 {
		return [7]bool{true, true, true, true, true, true, true}
	}
	for i, word := range words {
		first, last, isRange := strings.Cut(word, "-")
		if !isRange {
			last = first
		}
		from, to := slices.Index(dayNames(), first), slices.Index(dayNames(), last)
		if from < 0 || to < 0 {
			c.fail(fmt.Sprintf("%s[%d]", path, i), "day %s: expected %s or a range such as mon-fri",
				quoted(word), strings.Join(dayNames(), ", "))
			continue
		}
		for day := from; ; day = (day + 1) % len(on) {
			on[day] = true
			if day == to {
				break
			}
		}
	}
	return on
}

// dayNames are the days as time.Weekday counts them.
func dayNames() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

func (c *compiler) zone(path, name string) *time.Location {
	zone := c.zones.find(name)
	if zone == nil {
		c.fail(path, "time zone %s is not known: expected a name such as Europe/Berlin or UTC", quoted(name))
		return time.UTC
	}
	return zone
}

// mute finds the windows that a rule names.
func (c *compiler) mute(names []string) []*MuteWindow {
	if len(names) > maxMute {
		c.fail("mute", "%d mute windows: expected at most %d", len(names), maxMute)
		return nil
	}
	var windows []*MuteWindow
	for i, name := range names {
		path := fmt.Sprintf("mute[%d]", i)
		window, known := c.windows[name]
		switch {
		case slices.Contains(names[:i], name):
			c.fail(path, "mute window %s stands here twice", quoted(name))
		case known:
			windows = append(windows, window)
		case !c.unread: // else the window may stand in what could not be read
			c.fail(path, "mute window %s is not defined: %s", quoted(name), c.windowNames(name))
		}
	}
	return windows
}

func (c *compiler) windowNames(wanted string) string {
	names := slices.Sorted(maps.Keys(c.windows))
	if len(names) == 0 {
		return "expected a name under mute_windows, of which there is none"
	}
	return nearest(names, wanted)
}
