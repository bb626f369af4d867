package suite

import (
	"fmt"

	"github.com/signalbox-io/signalbox/pkg/duration"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// clausesOf lists what there is to exercise of a rule.
func clausesOf(r *rule.Rule) []string {
	if r.Mode == rule.Off {
		return nil
	}
	var out []string
	add := func(there bool, words ...string) {
		if there {
			out = append(out, words...)
		}
	}
	add(r.When != nil, "when holds", "when does not hold")
	add(r.Count != nil, "count reached", "count held")
	add(r.Unless != nil, "unless lets pass", "unless held")
	for i := range r.Given {
		out = append(out, givenWord(i, true), givenWord(i, false))
	}
	add(r.Flap != nil, "flap reached", "flap held")
	add(r.Hold != nil, "hold stood")
	add(r.Hold != nil && r.Hold.Until != nil, "hold ended by until")
	for _, w := range r.Mute {
		out = append(out, "mute "+w.Name)
	}
	add(r.Cooldown > 0, "cooldown held")
	for i := range r.Limits {
		out = append(out, limitWord(r, i))
	}
	add(true, firedWord(r))
	for i := range r.Do {
		out = append(out, doWord(r, i))
	}
	add(r.Mode == rule.Suggest && len(r.Do) > 0, "approved", "rejected or expired")
	return out
}

func givenWord(i int, met bool) string {
	if met {
		return fmt.Sprintf("given[%d] met", i)
	}
	return fmt.Sprintf("given[%d] held", i)
}

func limitWord(r *rule.Rule, i int) string {
	return fmt.Sprintf("limits[%d] held (%d per %s)", i, r.Limits[i].Max, duration.Format(r.Limits[i].Per))
}

func doWord(r *rule.Rule, i int) string { return fmt.Sprintf("do[%d] %s", i, r.Do[i].Spec.Type) }

func firedWord(r *rule.Rule) string {
	switch r.Mode {
	case rule.Shadow:
		return "fired (SHADOW)"
	case rule.Suggest:
		return "fired (SUGGESTED)"
	default:
		return "fired (FIRED)"
	}
}
