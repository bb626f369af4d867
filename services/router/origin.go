package router

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/telemetry"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// maxOrigins bounds the traces that are remembered.
const maxOrigins = 4096

// traceHeader is the header without which a message has no trace.
const traceHeader = "traceparent"

// origins knows the trace of the event behind a decision: that of the message
// at hand, and of the latest ones whose judgement may have been put off. Traces
// do not survive a restart; decisions do not depend on them.
type origins struct {
	waits   map[event.Kind]bool
	current *item

	spans map[string]trace.SpanContext
	ring  []string
	next  int
}

func newOrigins(rules *rule.Set) *origins {
	o := &origins{spans: map[string]trace.SpanContext{}}
	o.follow(rules)
	return o
}

// follow remembers what the rules need from here on.
func (o *origins) follow(rules *rule.Set) {
	o.waits = map[event.Kind]bool{}
	for _, r := range rules.Rules() {
		for _, kind := range r.On {
			o.waits[kind] = o.waits[kind] || (len(r.Given) > 0 || r.Hold != nil) && r.Judges(kind)
		}
	}
}

// remember makes the message the one at hand.
func (o *origins) remember(it *item) {
	o.current = it
	if !o.waits[it.head.Kind] || it.msg.Headers().Get(traceHeader) == "" {
		return
	}
	span := trace.SpanContextFromContext(telemetry.Extract(context.Background(), it.msg.Headers()))
	if !span.IsValid() {
		return
	}
	id := strings.Clone(it.head.ID)
	if len(o.ring) < maxOrigins {
		o.ring = append(o.ring, id)
	} else {
		delete(o.spans, o.ring[o.next])
		o.ring[o.next] = id
		o.next = (o.next + 1) % maxOrigins
	}
	o.spans[id] = span
}

// context returns ctx with the trace of the event, if it is known.
func (o *origins) context(ctx context.Context, eventID string) context.Context {
	if o.current != nil && o.current.head.ID == eventID {
		return telemetry.Extract(ctx, o.current.msg.Headers())
	}
	if span, ok := o.spans[eventID]; ok {
		return trace.ContextWithRemoteSpanContext(ctx, span)
	}
	return ctx
}
