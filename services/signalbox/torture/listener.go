package main

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

// notesStream keeps the notifications, as an operator's may: who subscribes may be
// away when the bus comes back, and then judges what it did not hear.
const notesStream = "TORTURE_NOTES"

// listener hears the notifications, and what safety refused.
type listener struct {
	decisions *nats.Subscription
	notes     jetstream.ConsumeContext

	mu      sync.Mutex
	list    []judge.Effect
	ids     map[string]bool
	refused int
}

func listen(ctx context.Context, b *bus.Bus, replicas int) (*listener, error) {
	l := &listener{ids: map[string]bool{}}
	notes, err := b.JetStream().CreateStream(ctx, jetstream.StreamConfig{
		Name: notesStream, Subjects: []string{"signalbox.notify.>"}, Replicas: max(1, replicas),
	})
	if err != nil {
		return nil, fmt.Errorf("keep notifications: %w", err)
	}
	consumer, err := notes.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err == nil {
		l.notes, err = consumer.Consume(l.take)
	}
	if err != nil {
		return nil, fmt.Errorf("read notifications: %w", err)
	}
	if l.decisions, err = b.Conn().Subscribe(bus.AllDecisions, l.note); err != nil {
		l.notes.Stop()
		return nil, fmt.Errorf("subscribe to decisions: %w", err)
	}
	return l, b.Conn().Flush()
}

// take notes a notification; a second one of the same id is known to be one.
func (l *listener) take(m jetstream.Msg) {
	told, err := m.Metadata()
	if err != nil {
		return // it is none of a stream
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	id := m.Headers().Get("ce-id")
	l.list = append(l.list, judge.Effect{
		At: told.Timestamp, Target: "notify:" + strings.TrimPrefix(m.Subject(), "signalbox.notify."), Verb: judge.Notify, Changed: !l.ids[id],
	})
	l.ids[id] = true
}

// note counts the decisions by which safety refuses something.
func (l *listener) note(m *nats.Msg) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.HasSuffix(m.Subject, ".refused_safety") {
		l.refused++
	}
}

func (l *listener) refusals() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused
}

func (l *listener) effects() []judge.Effect {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]judge.Effect{}, l.list...)
}

func (l *listener) close() {
	l.notes.Stop()
	_ = l.decisions.Unsubscribe()
}
