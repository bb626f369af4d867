package suite

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/signalbox-io/signalbox/pkg/duration"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// clock reads the times of a suite.
type clock struct {
	day  time.Time // local midnight of the suite's day
	last time.Time // of the step before, zero for none
}

// maxDays bounds how far from the suite's day a time may be written.
const maxDays = 200_000

var (
	timeOfDay = regexp.MustCompile(`^(?:(-?\d{1,6})d )?(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)$`)
	// told finds the times in a sentence.
	told = regexp.MustCompile(`\b(until|at|from|before) ((?:-?\d{1,6}d )?\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\b`)
)

// parse reads a time: of the suite's day, of a later or an earlier one, of a
// date in the suite's time zone, RFC 3339, or so long after the step before.
func (c clock) parse(text string) (time.Time, bool) {
	if m := timeOfDay.FindStringSubmatch(text); m != nil {
		return c.local(m[1], m[2])
	}
	if after, ok := strings.CutPrefix(text, "+"); ok {
		length, err := duration.Parse(after)
		return c.from().Add(length).UTC(), err == nil && length >= 0
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, c.day.Location()); err == nil {
			return t.UTC(), true
		}
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t.UTC(), err == nil && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999
}

// from is what relative times are counted from.
func (c clock) from() time.Time {
	if c.last.IsZero() {
		return c.day
	}
	return c.last
}

// local is a wall-clock time some days after the suite's day, which on a day on
// which the clock changes is not the same as so many hours after midnight.
func (c clock) local(days, wall string) (time.Time, bool) {
	offset := 0
	if days != "" {
		n, err := strconv.Atoi(days)
		if err != nil || n < -maxDays || n > maxDays {
			return time.Time{}, false
		}
		offset = n
	}
	for _, layout := range []string{"15:04", "15:04:05", "15:04:05.999999999"} {
		t, err := time.Parse(layout, wall)
		if err != nil {
			continue
		}
		y, m, d := c.day.Date()
		t = time.Date(y, m, d+offset, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), c.day.Location()).UTC()
		return t, t.Year() >= 1 && t.Year() <= 9999
	}
	return time.Time{}, false
}

// writeOut writes the times in a sentence as decisions have them.
func (c clock) writeOut(sentence string) string {
	return told.ReplaceAllStringFunc(sentence, func(match string) string {
		word, text, _ := strings.Cut(match, " ")
		t, ok := c.parse(text)
		if !ok {
			return match
		}
		return word + " " + t.Format(time.RFC3339Nano)
	})
}

// time reads a time.
func (p *parser) time(node *yaml.Node, what string) time.Time {
	if node.Kind == yaml.ScalarNode {
		if t, ok := p.clock.parse(node.Value); ok {
			return t
		}
	}
	p.fail(node, `%s: expected a time such as "09:00", "3d 10:00", +5m or 2026-01-05T09:00:00Z, got %s`, what, rule.Describe(node))
	return p.clock.from().UTC()
}

// duration reads a duration of 0 or more.
func (p *parser) duration(node *yaml.Node, what string) time.Duration {
	length, err := duration.Parse(node.Value)
	if node.Kind != yaml.ScalarNode || err != nil || length < 0 {
		p.fail(node, "%s: expected a duration such as 90s, 15m, 6h or 7d, got %s", what, rule.Describe(node))
		return 0
	}
	return length
}

// calendar reads the day and the time zone, by which all times are read.
func (p *parser) calendar(top *object) {
	zone := time.UTC
	if node := top.value["time_zone"]; node != nil {
		named, err := time.LoadLocation(p.text(node, "time_zone"))
		if err != nil || node.Value == "Local" {
			p.fail(node, "time_zone %s is not known: expected a name such as Europe/Berlin", rule.Describe(node))
		} else {
			zone = named
		}
	}
	day := defaultDay
	if node := top.value["day"]; node != nil {
		read, err := time.Parse(time.DateOnly, node.Value)
		if err != nil {
			p.fail(node, "day: expected a date such as 2026-01-05, got %s", rule.Describe(node))
		} else {
			day = read
		}
	}
	y, m, d := day.Date()
	p.clock.day = time.Date(y, m, d, 0, 0, 0, 0, zone)
}
