package engine

import (
	"fmt"
	"slices"
	"strings"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// safety asks whether the actions may be asked for, all of them or none. What it
// refuses has fired as far as the rule is concerned: it cools down.
func (e *Engine) safety(j *judgement) (Output, verdict) {
	if e.budget.limits == nil {
		return Output{}, passes
	}
	reason := e.refusal(j)
	if reason == "" {
		return Output{}, passes
	}
	o := e.held(j, decisionv1.Outcome_OUTCOME_REFUSED_SAFETY, "safety", reason)
	e.fired(j)
	return o, stops
}

// refusal says why the actions must not be asked for, nothing if they may.
func (e *Engine) refusal(j *judgement) string {
	pausing := map[string]int{} // alerts that would be paused besides, by source
	acting := map[string]int{}  // actions, by source
	for i, a := range j.actions {
		spec := j.state.rule.Do[i].Spec
		if !spends(spec) {
			continue
		}
		if reason := e.untouchable(spec, a); reason != "" {
			return reason
		}
		acting[a.GetSource()]++
		if n, most := len(e.budget.recent(a.GetSource(), e.clock)), e.budget.limits.MaxActionsPerHour; most > 0 && n+acting[a.GetSource()] > most {
			return fmt.Sprintf("%s has had %d of %d actions in the last hour", a.GetSource(), n, most)
		}
		if spec.Type == "pause_alert" && !e.isPausedNow(a.GetSource(), a.GetTarget()) && isFirst(j.actions[:i], a) {
			pausing[a.GetSource()]++
			if reason := e.tooManyPaused(a.GetSource(), pausing[a.GetSource()]); reason != "" {
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

// isFirst reports whether no action before it has its source and target.
func isFirst(before []*actionv1.Action, a *actionv1.Action) bool {
	return !slices.ContainsFunc(before, func(other *actionv1.Action) bool {
		return other.GetType() == a.GetType() && other.GetSource() == a.GetSource() && other.GetTarget() == a.GetTarget()
	})
}

func (e *Engine) isPausedNow(source, target string) bool {
	return e.leases.active[leaseKey(source, target)] != nil || e.budget.alert(source, target).GetPaused()
}

// tooManyPaused says why so many more alerts of the source must not be paused.
func (e *Engine) tooManyPaused(source string, more int) string {
	most, of := e.mostPaused(source)
	if most == 0 {
		return ""
	}
	paused := 0
	if known := e.budget.sources[source]; known != nil {
		paused = known.paused
	}
	for _, l := range e.leases.active {
		if l.source == source && strings.HasPrefix(l.target, alertPrefix) && !e.budget.alert(source, l.target).GetPaused() {
			paused++
		}
	}
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

// untouchable says why the alert that the action is about is never touched.
func (e *Engine) untouchable(spec *rule.ActionSpec, a *actionv1.Action) string {
	if spec.Target != "alert_id" {
		return ""
	}
	never, id := &e.budget.limits.Never, strings.TrimPrefix(a.GetTarget(), alertPrefix)
	if slices.Contains(never.IDs, id) {
		return fmt.Sprintf("alert %s is never touched: safety.never.ids", clipped(id, maxShownKey))
	}
	if by := never.names(e.budget.alert(a.GetSource(), a.GetTarget())); by != "" {
		return fmt.Sprintf("alert %s is never touched: safety.never.%s", clipped(id, maxShownKey), by)
	}
	return ""
}

// names says which list names the alert, nothing for none.
func (n *Never) names(alert *routerv1.InventoryAlert) string {
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
