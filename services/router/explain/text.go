package explain

import (
	"fmt"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/duration"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// clause is one that depends on what a rule remembers, and its text.
type clause struct{ name, text string }

// clausesOf returns those that the rule has, in the order in which they are
// asked.
func clausesOf(r *rule.Rule) []clause {
	var list []clause
	add := func(has bool, name string, text func() string) {
		if has {
			list = append(list, clause{name, text()})
		}
	}
	add(r.Count != nil, "count", func() string { return countText(r.Count) })
	add(r.Unless != nil, "unless", func() string { return r.Unless.String() })
	add(len(r.Given) > 0, "given", func() string { return givenText(r.Given) })
	add(r.Flap != nil, "flap", func() string {
		return fmt.Sprintf("at_least %d within %s", r.Flap.AtLeast, duration.Short(r.Flap.Within))
	})
	add(r.Hold != nil, "hold", func() string { return holdText(r.Hold) })
	add(len(r.Mute) > 0, "mute", func() string { return muteText(r.Mute) })
	add(r.Cooldown > 0, "cooldown", func() string { return duration.Short(r.Cooldown) })
	add(len(r.Limits) > 0, "limits", func() string { return limitsText(r.Limits) })
	return list
}

func countText(c *rule.Count) string {
	text := fmt.Sprintf("at_least %d within %s", c.AtLeast, duration.Short(c.Within))
	if c.Distinct != nil {
		text += ", distinct " + c.Distinct.String()
	}
	return text
}

func givenText(list []rule.Given) string {
	texts := make([]string, len(list))
	for i, g := range list {
		word := string(g.On)
		if g.Absent {
			word = "no " + word
		}
		if g.AtLeast > 1 {
			word = fmt.Sprintf("%d %s", g.AtLeast, word)
		}
		if g.Where != nil {
			word += " where " + g.Where.String()
		}
		texts[i] = word + " within " + duration.Short(g.Within)
	}
	return strings.Join(texts, "; ")
}

func holdText(h *rule.Hold) string {
	text := "for " + duration.Short(h.For)
	if h.Until != nil {
		text += ", until " + h.Until.String()
	}
	return text
}

func muteText(windows []*rule.MuteWindow) string {
	texts := make([]string, len(windows))
	for i, w := range windows {
		texts[i] = fmt.Sprintf("%s %02d:%02d to %02d:%02d %s", w.Name, w.From/60, w.From%60, w.To/60, w.To%60, w.Zone)
	}
	return strings.Join(texts, "; ")
}

func limitsText(limits []rule.Limit) string {
	texts := make([]string, len(limits))
	for i, l := range limits {
		texts[i] = fmt.Sprintf("max %d per %s", l.Max, duration.Short(l.Per))
		if l.Across != rule.AcrossRule {
			texts[i] += " across " + string(l.Across)
		}
	}
	return strings.Join(texts, "; ")
}
