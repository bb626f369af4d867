package demo

import (
	"fmt"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
)

// listener is a plain NATS subscriber that tells the narrator what it hears.
// Close ends it.
type listener struct {
	narrator *narrator
	nc       *nats.Conn

	mu     sync.Mutex
	counts map[string]int // events since the last line, by source and kind
	order  []string
}

// listen subscribes to everything that Signalbox publishes.
func listen(url string, n *narrator) (*listener, error) {
	nc, err := nats.Connect(url)
	if err != nil {
		return nil, fmt.Errorf("subscribe at %s: %w", url, err)
	}
	l := &listener{narrator: n, nc: nc, counts: map[string]int{}}
	// One subscription for all, so that causes are heard before what follows.
	if _, err = nc.Subscribe("signalbox.>", l.hear); err == nil {
		err = nc.Flush()
	}
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("subscribe at %s: %w", url, err)
	}
	return l, nil
}

func (l *listener) hear(msg *nats.Msg) {
	handlers := []struct {
		subject string
		handle  nats.MsgHandler
	}{
		{bus.AllEvents, l.event},
		{bus.AllDecisions, l.decision},
		{bus.AllActions, l.action},
		{bus.AllLeases, l.lease},
		{"signalbox.notify.>", l.notification},
	}
	for _, h := range handlers {
		if strings.HasPrefix(msg.Subject, strings.TrimSuffix(h.subject, ">")) {
			h.handle(msg)
			return
		}
	}
}

func (l *listener) close() { l.nc.Close() }

// event counts: a poll brings many events, and one line tells of all of them.
func (l *listener) event(msg *nats.Msg) {
	e, err := bus.DecodeEvent(msg.Header, msg.Data)
	if err != nil {
		l.narrator.say(voiceEvent, "unreadable: %v", err)
		return
	}
	key := fmt.Sprintf("%-12s %s", e.GetSource(), event.KindOf(e))
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts[key] == 0 {
		l.order = append(l.order, key)
	}
	l.counts[key]++
}

// flush tells of the events counted since the last time.
func (l *listener) flush() {
	l.mu.Lock()
	counts, order := l.counts, l.order
	l.counts, l.order = map[string]int{}, nil
	l.mu.Unlock()
	for _, key := range order {
		l.narrator.say(voiceEvent, "%-21s %3d new", key, counts[key])
	}
}

func (l *listener) decision(msg *nats.Msg) {
	d, err := bus.DecodeDecision(msg.Header, msg.Data)
	if err != nil {
		l.narrator.say(voiceDecision, "unreadable: %v", err)
		return
	}
	if isOld(d) {
		return
	}
	l.flush()
	said := d.GetRule()
	if d.GetDetail() != "" {
		said += ": " + d.GetDetail()
	}
	l.narrator.say(voiceDecision, "%-13s  %s", outcomeWord(d.GetOutcome()), said)
}

// isOld reports whether a decision is about a row from before the demo began.
func isOld(d *decisionv1.Decision) bool { return d.GetOutcome() == decisionv1.Outcome_OUTCOME_LATE }

func (l *listener) action(msg *nats.Msg) {
	a, err := bus.DecodeAction(msg.Header, msg.Data)
	if err != nil {
		l.narrator.say(voiceAction, "unreadable: %v", err)
		return
	}
	if s := a.GetState(); s == actionv1.State_STATE_PENDING || s == actionv1.State_STATE_ATTEMPTING {
		return // the line of its end tells of it
	}
	l.narrator.say(voiceAction, "%-13s  %s %s", stateWord(a.GetState()), a.GetType(), a.GetTarget())
}

func (l *listener) lease(msg *nats.Msg) {
	lease, err := bus.DecodeLease(msg.Header, msg.Data)
	if err != nil {
		l.narrator.say(voiceLease, "unreadable: %v", err)
		return
	}
	said := lease.GetTarget()
	if lease.GetState() == actionv1.LeaseState_LEASE_STATE_ACTIVE {
		said += " until " + clock(lease.GetUntil())
	}
	l.narrator.say(voiceLease, "%-13s  %s", leaseWord(lease.GetState()), said)
}

func (l *listener) notification(msg *nats.Msg) {
	l.narrator.say(voiceNotify, "%s", msg.Subject)
}

func outcomeWord(o decisionv1.Outcome) string { return strings.TrimPrefix(o.String(), "OUTCOME_") }
func stateWord(s actionv1.State) string       { return strings.TrimPrefix(s.String(), "STATE_") }
func leaseWord(s actionv1.LeaseState) string  { return strings.TrimPrefix(s.String(), "LEASE_STATE_") }
