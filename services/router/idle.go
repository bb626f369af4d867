package router

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// idleCheck is how often an idle loop looks after itself, shortestCheck how
	// often at most.
	idleCheck     = 2 * time.Second
	shortestCheck = 20 * time.Millisecond
	// stallTime is how long messages that are on the stream may fail to come.
	stallTime = 5 * time.Second
	// clockMargin is how far the server's clock must be past a time before no
	// message can be stored any more that counts as older. One server gives
	// messages their time when it stores them; of several, the leader does so
	// a moment before the others agree.
	clockMargin = 500 * time.Millisecond
)

var (
	errStalled = errors.New("messages are on the stream but do not arrive")
	errShrunk  = errors.New("the stream ends before the last decided event")
)

// serverClock estimates the server's time from what it said last. It tells
// when to ask again and decides nothing.
type serverClock struct{ server, local time.Time }

func (c *serverClock) set(server time.Time) { c.server, c.local = server, time.Now() }

func (c *serverClock) now() time.Time { return c.server.Add(time.Since(c.local)) }

// idle looks after a loop to which nothing came: whether everything that is on
// the stream has come, and which judgements are due by the server's clock.
func (l *loop) idle(reading, life context.Context, r *reader) error {
	ctx, cancel := context.WithTimeout(reading, requestTime)
	defer cancel()
	info, err := r.stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("ask after the events: %w", err)
	}
	l.clock.set(info.TimeStamp)
	isAtEnd, err := l.isAtEnd(ctx, r, info.State.LastSeq)
	if err != nil {
		return err
	}
	if !isAtEnd {
		return l.wait()
	}
	l.stalled, l.behind = time.Time{}, 0
	if err := l.advance(life, info.TimeStamp); err != nil {
		return err
	}
	if err := l.takeInputs(life, info.TimeStamp.Add(-clockMargin)); err != nil {
		return err
	}
	l.check = time.Now().Add(l.nextCheck())
	l.progress()
	return nil
}

// isAtEnd reports whether everything up to the stream's last sequence is
// decided. Messages that were removed do not come.
func (l *loop) isAtEnd(ctx context.Context, r *reader, last uint64) (bool, error) {
	switch {
	case last == l.position.Sequence:
		return true, nil
	case last < l.position.Sequence:
		return false, errShrunk
	}
	hasAll, err := r.hasAll(ctx)
	if err != nil || !hasAll {
		return false, err
	}
	l.position.Sequence, l.position.Stored = last, time.Time{}
	l.changed = true
	return true, nil
}

// wait gives messages that are on their way some time.
func (l *loop) wait() error {
	now := time.Now()
	if l.stalled.IsZero() {
		l.stalled = now
	}
	if now.Sub(l.stalled) > stallTime {
		return errStalled
	}
	l.check = now.Add(10 * shortestCheck)
	return nil
}

// advance makes the judgements that are due by the server's clock. Each is
// made at the time at which it was due, as it is when a later message moves the
// clock: so it does not show when the server was asked.
func (l *loop) advance(ctx context.Context, server time.Time) error {
	defer l.pulse.end()
	safe := server.Add(-clockMargin)
	for l.at = l.position.Sequence + 1; ; {
		due, waits := l.engine.Next()
		if !waits || due.After(safe) {
			return nil
		}
		l.changed = true
		l.pulse.begin(l.position.Sequence)
		if err := l.carryOut(ctx, l.engine.Advance(due)); err != nil {
			return err
		}
	}
}

// nextCheck is how long an idle loop may wait before it looks after itself.
func (l *loop) nextCheck() time.Duration {
	due, waits := l.engine.Next()
	if !waits {
		return idleCheck
	}
	return min(max(due.Add(clockMargin).Sub(l.clock.now()), shortestCheck), idleCheck)
}
