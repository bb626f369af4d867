package engine

import (
	"fmt"
	"slices"
	"strings"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// safety asks whether the actions may be asked for, all of them or none. What it
// refuses has fired as far as the rule is concerned: it cools down.
func (e *Engine) safety(j *judgement) (Output, verdict) {
	if e.budget.limits == nil && e.stop == nil {
		return Output{}, passes
	}
	reason := e.refusal(wishesOf(j))
	if reason == "" {
		return Output{}, passes
	}
	o := e.held(j, decisionv1.Outcome_OUTCOME_REFUSED_SAFETY, "safety", reason)
	e.fired(j)
	return o, stops
}

// wish is an action as safety looks at it.
type wish struct {
	spec           *rule.ActionSpec
	source, target string
}

func wishesOf(j *judgement) []wish {
	wishes := make([]wish, len(j.actions))
	for i, a := range j.actions {
		wishes[i] = wish{spec: j.state.rule.Do[i].Spec, source: a.GetSource(), target: a.GetTarget()}
	}
	return wishes
}

// refusal says why the actions must not be asked for, nothing if they may.
func (e *Engine) refusal(wishes []wish) string {
	if reason := e.stopped(wishes); reason != "" || e.budget.limits == nil {
		return reason
	}
	pausing := map[string]int{} // alerts that would be paused besides, by source
	acting := map[string]int{}  // actions, by source
	for i, w := range wishes {
		if !spends(w.spec) {
			continue
		}
		if reason := e.untouchable(w); reason != "" {
			return reason
		}
		acting[w.source]++
		if n, most := len(e.budget.recent(w.source, e.clock)), e.budget.limits.MaxActionsPerHour; most > 0 && n+acting[w.source] > most {
			return fmt.Sprintf("%s has had %d of %d actions in the last hour", w.source, n, most)
		}
		if w.spec.Type == "pause_alert" && !e.isPausedNow(w.source, w.target) && !slices.Contains(wishes[:i], w) {
			pausing[w.source]++
			if reason := e.tooManyPaused(w.source, pausing[w.source]); reason != "" {
				return reason
			}
		}
	}
	return ""
}

// spends tells what uses up a budget: what acts at a vendor, but for the end of a
// pause.
func spends(spec *rule.ActionSpec) bool {
	return spec.Vendor != eventv1.Vendor_VENDOR_UNSPECIFIED && !resumes(spec)
}

func resumes(spec *rule.ActionSpec) bool {
	return spec.Type == "resume_alert" || spec.Type == "resume_stream"
}

func (e *Engine) isPausedNow(source, target string) bool {
	return e.leases.active[leaseKey(source, target)] != nil || e.budget.unresumed[source][target] ||
		e.budget.alert(source, target).GetPaused()
}

// tooManyPaused says why so many more alerts of the source must not be paused.
func (e *Engine) tooManyPaused(source string, more int) string {
	most, of := e.mostPaused(source)
	if most == 0 {
		return ""
	}
	paused := len(e.paused[source])
	if paused+more <= most {
		return ""
	}
	return fmt.Sprintf("%s has %d of at most %d alerts paused%s", source, paused, most, of)
}

// mostPaused returns how many alerts of the source may be paused, 0 for any
// number, and what that is a part of.
func (e *Engine) mostPaused(source string) (most int, of string) {
	share := e.budget.limits.MaxPaused
	if share.Percent == 0 {
		return share.Number, ""
	}
	known := e.budget.sources[source]
	if known == nil {
		return 1, ", its alerts are not known"
	}
	return max(1, len(known.alerts)*share.Percent/100), fmt.Sprintf(", %d%% of %d", share.Percent, len(known.alerts))
}

// untouchable says why the alert that the action is about is never touched. Of an
// alert that is not in the inventory only the id is known here: whoever carries
// the action out reads its configuration first and asks [Never.Refusal] again.
func (e *Engine) untouchable(w wish) string {
	if w.spec.Target != "alert_id" {
		return ""
	}
	id := strings.TrimPrefix(w.target, alertPrefix)
	return e.budget.limits.Never.Refusal(id, e.budget.alert(w.source, w.target))
}

// Refusal says why the alert of that id must not be touched, nothing if it may.
// alert is its configuration, nil for one that is not known, of which only the id
// is asked.
func (n *Never) Refusal(id string, alert *routerv1.InventoryAlert) string {
	by := n.names(id, alert)
	if by == "" {
		return ""
	}
	return fmt.Sprintf("alert %s is never touched: safety.never.%s", clipped(id, maxShownKey), by)
}

// names says which list names the alert, nothing for none.
func (n *Never) names(id string, alert *routerv1.InventoryAlert) string {
	if slices.Contains(n.IDs, id) {
		return "ids"
	}
	if alert == nil {
		return ""
	}
	for _, glob := range n.Titles {
		if globs(glob, alert.GetTitle()) {
			return "titles has " + glob
		}
	}
	for _, severity := range n.Severities {
		if strings.EqualFold(severity, alert.GetSeverity()) {
			return "severities has " + severity
		}
	}
	for _, label := range n.Labels {
		if slices.Contains(alert.GetLabels(), label) {
			return "labels has " + label
		}
	}
	return ""
}

// globs reports whether the whole text meets the pattern: `*` is any text, `?`
// any character. It takes time in proportion to both lengths at worst.
func globs(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	star, back := -1, 0
	i, k := 0, 0
	for k < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, back = i, k
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[k]):
			i, k = i+1, k+1
		case star >= 0:
			back++
			i, k = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(string(p[i:]), "*") == ""
}
