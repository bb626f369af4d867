package bus

import (
	"fmt"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// Filters that select everything of one sort.
const (
	AllEvents    = "signalbox.event.>"
	AllDecisions = "signalbox.decision.>"
	AllActions   = "signalbox.action.>"
	AllLeases    = "signalbox.lease.>"
	AllInputs    = "signalbox.input.>"
	AllDead      = "signalbox.dead.>"
)

// EventSubject returns signalbox.event.<kind>.<vendor>.<source>.<severity>.
func EventSubject(e *eventv1.Event) string {
	return join("signalbox.event", string(event.KindOf(e)), event.VendorName(e.GetVendor()),
		e.GetSource(), event.SeverityName(e.GetSeverity()))
}

// DecisionSubject returns signalbox.decision.<rule>.<outcome>; a late event,
// which no rule judged, has the token `none` for its rule.
func DecisionSubject(d *decisionv1.Decision) string {
	return join("signalbox.decision", d.GetRule(), enumToken(d.GetOutcome(), "OUTCOME_"))
}

// RuleDecisions returns the subjects of everything that a rule decides; of no rule,
// those of late events.
func RuleDecisions(rule string) string { return join("signalbox.decision", rule) + ".>" }

// ActionSubject returns signalbox.action.<source>.<action>.<state>.
func ActionSubject(a *actionv1.Action) string {
	return join("signalbox.action", a.GetSource(), a.GetType(), enumToken(a.GetState(), "STATE_"))
}

// LeaseSubject returns signalbox.lease.<source>.<state>.
func LeaseSubject(l *actionv1.Lease) string {
	return join("signalbox.lease", l.GetSource(), enumToken(l.GetState(), "LEASE_STATE_"))
}

// InputSubject returns signalbox.input.<type>, the type being the name of what
// the input holds: inventory, action_ended, approval, lease_ended,
// rule_set_switch, stop_switch, retry, drift.
func InputSubject(in *routerv1.Input) string { return join("signalbox.input", inputType(in)) }

func inputType(in *routerv1.Input) string {
	m := in.ProtoReflect()
	content := m.WhichOneof(m.Descriptor().Oneofs().ByName("content"))
	if content == nil {
		return ""
	}
	return string(content.Name())
}

// DeadSubject returns signalbox.dead.<area>.<reason>.
func DeadSubject(area, reason string) string { return join("signalbox.dead", area, reason) }

func join(prefix string, tokens ...string) string {
	var b strings.Builder
	b.WriteString(prefix)
	for _, token := range tokens {
		b.WriteByte('.')
		b.WriteString(Token(token))
	}
	return b.String()
}

func enumToken(value fmt.Stringer, prefix string) string {
	return strings.ToLower(strings.TrimPrefix(value.String(), prefix))
}

// Token escapes text to one legal subject token: letters, digits, `-` and `_`
// stay, every other byte becomes `=` and two hex digits, nothing becomes
// `none`. Two texts never share a token, except that "" and "none" do.
func Token(text string) string {
	if text == "" {
		return "none"
	}
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; isTokenByte(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02x", c)
		}
	}
	return b.String()
}

func isTokenByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}
