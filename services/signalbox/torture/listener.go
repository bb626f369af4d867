package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

// listener hears the notifications.
type listener struct {
	subscription *nats.Subscription

	mu   sync.Mutex
	list []judge.Effect
	ids  map[string]bool
}

func listen(nc *nats.Conn) (*listener, error) {
	l := &listener{ids: map[string]bool{}}
	var err error
	l.subscription, err = nc.Subscribe("signalbox.notify.>", l.take)
	if err != nil {
		return nil, fmt.Errorf("subscribe to notifications: %w", err)
	}
	return l, nc.Flush()
}

// take notes a notification; a second one of the same id is known to be one.
func (l *listener) take(m *nats.Msg) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := m.Header.Get("ce-id")
	l.list = append(l.list, judge.Effect{
		At: time.Now(), Target: "notify:" + strings.TrimPrefix(m.Subject, "signalbox.notify."), Verb: judge.Notify, Changed: !l.ids[id],
	})
	l.ids[id] = true
}

func (l *listener) effects() []judge.Effect {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]judge.Effect{}, l.list...)
}

func (l *listener) close() { _ = l.subscription.Unsubscribe() }
