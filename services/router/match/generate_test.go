package match_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// generator makes random expressions and events that meet often: they draw on
// the same few words, keys and numbers.
type generator struct {
	*rand.Rand
	// wide adds hundreds of words and numbers, which an index finds conditions
	// by.
	wide bool
}

func newGenerator(seed uint64) generator {
	return generator{Rand: rand.New(rand.NewPCG(seed, 1)), wide: seed%2 == 0}
}

func (g generator) one(list ...string) string { return list[g.IntN(len(list))] }

func (g generator) wideWord() string { return fmt.Sprint("word-", g.IntN(300)) }

func (g generator) word() string {
	if g.wide && g.IntN(3) > 0 {
		return g.wideWord()
	}
	return g.one("", "a", "b", "ab", "abc", "shop", "shop-de", "shop-at", "5xx", "error", "errors above", "über", "\ufffdx", "deploy failed", "deploy")
}

func (g generator) text() string {
	words := make([]string, 1+g.IntN(3))
	for i := range words {
		words[i] = g.word()
	}
	return strings.Join(words, " ")
}

// title is a text with many words.
func (g generator) title() string {
	parts := []string{g.text()}
	for g.wide && g.IntN(8) > 0 {
		parts = append(parts, g.text())
	}
	return strings.Join(parts, " ")
}

func (g generator) number() string {
	if g.wide && g.IntN(3) > 0 {
		return fmt.Sprint(float64(g.IntN(200)) / 8)
	}
	return g.one("0", "1", "0.5", "2", "100", "-1", "1e40", "0.1", "3")
}

func (g generator) key() string { return g.one("site", "env", "geo", "a b", "x") }

func (g generator) measure() string { return g.one("bots", "visits", "none") }

// textAttribute and numberAttribute name what the kind's events have, and at
// times what another kind's have.
func (g generator) textAttribute(kind event.Kind) string {
	list := []string{"event.id", "event.source", "event.title", "event.entity", "labels." + g.one("site", "env"), fmt.Sprintf("labels[%q]", g.key()), "event.labels.geo"}
	if kind == event.KindAnomaly || kind == "" {
		list = append(list, "anomaly.metric", "anomaly.alert_id")
	}
	if kind == event.KindFeedback || kind == "" {
		list = append(list, "feedback.user", "feedback.alert_id")
	}
	return g.one(list...)
}

func (g generator) numberAttribute(kind event.Kind) string {
	var list []string
	if kind == event.KindAnomaly || kind == "" {
		list = append(list, "anomaly.score", "anomaly.value", "anomaly.expected_lower", "event.anomaly.expected_upper")
	}
	if kind == event.KindTraffic || kind == "" {
		list = append(list, "traffic.measures."+g.measure(), fmt.Sprintf("traffic.measures[%q]", g.measure()))
	}
	if len(list) == 0 {
		return g.number() + ".0"
	}
	return g.one(list...)
}

// atom is a condition without && at its top.
func (g generator) atom(kind event.Kind, depth int) string {
	text, number := g.textAttribute(kind), g.numberAttribute(kind)
	switch g.IntN(22) {
	case 0, 1, 2:
		return fmt.Sprintf("%s %s %q", text, g.one("==", "!=", "=="), g.word())
	case 3:
		return fmt.Sprintf("%s in [%q, %q, %q]", text, g.word(), g.word(), g.text())
	case 4:
		return fmt.Sprintf("%s %s %s", strings.Replace(g.number(), "1e40", "7", 1), g.one("<", "<=", ">", ">=", "==", "!="), number)
	case 5:
		return fmt.Sprintf("%s %s %s", number, g.one("<", "<=", ">", ">=", "==", "!="), strings.Replace(g.number(), "1e40", "7", 1))
	case 6:
		return fmt.Sprintf("%s.%s(%q)", text, g.one("startsWith", "endsWith", "contains"), g.text())
	case 7:
		return fmt.Sprintf("%s.matches(%q)", text, g.pattern())
	case 8:
		return fmt.Sprintf("has(%s)", g.one("labels.site", "event.title", "event.anomaly", "anomaly.metric", "traffic.measures.bots", "event.observed_at", "event.severity", "event.labels"))
	case 9:
		return fmt.Sprintf("(%s == %q || %s == %q)", text, g.word(), text, g.word())
	case 10:
		return "event.severity " + g.one("==", "!=", "in") + " " + g.one("[CRITICAL, HIGH]", "[LOW]")
	case 11:
		return fmt.Sprintf("event.vendor %s ANODOT", g.one("==", "!="))
	case 12:
		return fmt.Sprintf("%s %s %s > %s", number, g.one("+", "-", "*", "/"), g.numberAttribute(kind), strings.Replace(g.number(), "1e40", "7", 1))
	case 13:
		return g.one("paused", "!paused", "true", "size(event.title) > 5", "event.occurred_at > timestamp('1970-01-01T00:00:10Z')",
			"event.occurred_at.getHours('Europe/Berlin') > 3", "int(labels.site) > 3", "event.title.substring(2) == 'a'",
			"9223372036854775807 + size(event.title) > 1", "labels.exists(k, k == 'env')", "event.title.lowerAscii() == 'a'")
	case 14, 15:
		return fmt.Sprintf("!(%s)", g.atom(kind, depth))
	case 16:
		return fmt.Sprintf("%q in labels", g.key())
	case 17:
		return fmt.Sprintf("labels.site %s labels.env", g.one("==", "!=", "<"))
	case 18:
		return fmt.Sprintf("%q == %s", g.word(), text)
	case 19:
		return fmt.Sprintf("(%s.startsWith(%q) || %s.startsWith(%q))", text, g.word(), text, g.word())
	default:
		if depth == 0 {
			return fmt.Sprintf("event.source == %q", g.word())
		}
		parts := []string{g.atom(kind, depth-1), g.atom(kind, depth-1)}
		return "(" + strings.Join(parts, g.one(" && ", " || ")) + ")"
	}
}

func (g generator) pattern() string {
	if g.wide {
		return fmt.Sprintf(g.one("%s|%s", "%s.*%s", "^(%s|%s) ", "(%s|%s)+", "%s%s?", "(?i)%s|%s"), g.wideWord(), g.wideWord())
	}
	return g.one("^5..", "shop|deploy", "(?i)SHOP", "error.*above", "sho[pq]-(de|at)", "deploy (failed|done)$", "a+b?c", "^$", ".", "\ufffdx", "\\bdeploy\\b", "(err|shop).*")
}

// condition is a random condition for events of the kind, "" meaning all.
func (g generator) condition(kind event.Kind) string {
	most := 5
	if g.wide {
		most = 2
	}
	parts := make([]string, 1+g.IntN(most))
	for i := range parts {
		parts[i] = g.atom(kind, 2)
	}
	return strings.Join(parts, " && ")
}

// event is a random event.
func (g generator) event() *eventv1.Event {
	e := &eventv1.Event{
		Id: g.word(), Source: g.word(), Vendor: eventv1.Vendor(g.IntN(7)), NativeId: g.word(), Entity: g.word(),
		Severity: eventv1.Severity(g.IntN(7)), Title: g.title(), Url: g.word(), Raw: g.word(),
		OccurredAt: timestamppb.New(timestamp(g.Int64N(1 << 31))),
	}
	if g.IntN(2) == 0 {
		e.ObservedAt = &timestamppb.Timestamp{Seconds: g.Int64N(1 << 40), Nanos: int32(g.IntN(1 << 20))}
	}
	for range g.IntN(5) {
		if e.Labels == nil {
			e.Labels = map[string]string{}
		}
		e.Labels[g.key()] = g.word()
	}
	g.payload(e)
	return e
}

func (g generator) payload(e *eventv1.Event) {
	switch g.IntN(10) {
	case 0:
	case 1, 2, 3, 4:
		a := &eventv1.Anomaly{
			Metric: g.word(), AlertId: g.word(), AnomalyId: g.word(), Detector: g.word(), Score: g.double(), Value: g.double(),
			Direction: eventv1.Direction(g.IntN(4)), Phase: eventv1.Phase(g.IntN(4)),
		}
		if g.IntN(2) == 0 {
			a.ExpectedLower, a.ExpectedUpper = new(g.double()), new(g.double())
			a.StartedAt = timestamppb.New(timestamp(5))
		}
		e.Payload = &eventv1.Event_Anomaly{Anomaly: a}
	case 5, 6:
		e.Payload = &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{
			Verdict: eventv1.Verdict(g.IntN(3)), Comment: g.word(), User: g.word(), AlertId: g.word(), AlertTitle: g.word(), AnomalyId: g.word(),
		}}
	default:
		t := &eventv1.Traffic{WindowEnd: timestamppb.New(timestamp(g.Int64N(100)))}
		for range g.IntN(4) {
			if t.Measures == nil {
				t.Measures = map[string]float64{}
			}
			t.Measures[g.measure()] = g.double()
		}
		e.Payload = &eventv1.Event_Traffic{Traffic: t}
	}
}
