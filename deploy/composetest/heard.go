package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/services/cli/demo/verdict"
)

// heardMessages is what a plain NATS subscriber received, by id.
type heardMessages struct {
	// since is when the subscriber began to listen. A poller may have read its
	// vendor before: a plain subscriber hears no past.
	since time.Time

	mu            sync.Mutex
	events        map[string]int
	decisions     map[string]int
	notifications int
	bad           []error
}

func (h *heardMessages) event(msg *nats.Msg) {
	e, err := bus.DecodeEvent(msg.Header, msg.Data)
	h.note(&h.events, e.GetId(), err)
}

func (h *heardMessages) decision(msg *nats.Msg) {
	d, err := bus.DecodeDecision(msg.Header, msg.Data)
	h.note(&h.decisions, d.GetId(), err)
}

func (h *heardMessages) notification(*nats.Msg) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notifications++
}

func (h *heardMessages) note(counts *map[string]int, id string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.bad = append(h.bad, err)
		return
	}
	if *counts == nil {
		*counts = map[string]int{}
	}
	(*counts)[id]++
}

// check compares what was heard with what the query service tells. A message
// that repeats an id was refused by the stream, but a plain subscriber hears
// it; so decisions may be heard again after the kill, events may not.
func (h *heardMessages) check(outcome verdict.Outcome) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.bad) > 0 {
		return fmt.Errorf("a subscriber received %d unreadable messages, the first: %w", len(h.bad), h.bad[0])
	}
	// What pollers found before there was a subscriber, nobody heard.
	before := map[string]bool{}
	for _, e := range outcome.Events {
		before[e.GetId()] = !e.GetObservedAt().AsTime().After(h.since)
		if h.events[e.GetId()] == 0 && !before[e.GetId()] {
			return fmt.Errorf("a subscriber did not hear event %s of %s", e.GetId(), e.GetSource())
		}
	}
	for _, d := range outcome.Decisions {
		if h.decisions[d.GetId()] == 0 && !before[d.GetEventId()] {
			return fmt.Errorf("a subscriber did not hear decision %s of rule %s", d.GetId(), d.GetRule())
		}
	}
	if h.notifications == 0 {
		return errors.New("a subscriber heard no notification on signalbox.notify.>")
	}
	return nil
}

// checkREST reads one page as curl would.
func checkREST(ctx context.Context, say func(string, ...any)) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, restURL+"/v1/events?page_size=2", http.NoBody)
	if err != nil {
		return fmt.Errorf("read events over REST: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("read events over REST: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("read events over REST: %w", err)
	}
	var page struct {
		Events []json.RawMessage `json:"events"`
	}
	if err := json.Unmarshal(body, &page); err != nil || len(page.Events) != 2 {
		return fmt.Errorf("read events over REST: %s with %d events instead of 2: %w", response.Status, len(page.Events), err)
	}
	say("  ok  REST answers the same events as JSON")
	return nil
}
