package router

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

const (
	// stuckAfter is how long one step of the loop may take before the router
	// says that it does not do its work.
	stuckAfter = 5 * time.Second
	pulseEvery = time.Second
)

// pulse tells those who look at the loop what it is at. It is safe for
// concurrent use.
type pulse struct {
	mu    sync.Mutex
	since time.Time // of the step at hand, zero between two
	after uint64    // the last decided event then
	limit time.Duration
	why   string // it does not go on, as far as it is known
}

// begin says that a step begins after the decided event of that sequence.
func (p *pulse) begin(after uint64) { p.beginLong(after, stuckAfter) }

// beginLong is begin for a step that may take as long as limit.
func (p *pulse) beginLong(after uint64, limit time.Duration) {
	now := time.Now()
	p.mu.Lock()
	p.since, p.after, p.why, p.limit = now, after, "", limit
	p.mu.Unlock()
}

func (p *pulse) end() {
	p.mu.Lock()
	p.since, p.why = time.Time{}, ""
	p.mu.Unlock()
}

// blame says what keeps failing; nil that it works again.
func (p *pulse) blame(what string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.why = ""
	if err != nil {
		p.why = what + ": " + brief(err)
	}
}

// stuck returns the reason if the step at hand takes too long, "" if not.
func (p *pulse) stuck() (reason string, after uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since.IsZero() || time.Since(p.since) < p.limit {
		return "", p.after
	}
	reason = fmt.Sprintf("deciding does not go on after event %d since %s",
		p.after, p.since.UTC().Format(time.RFC3339))
	if p.why != "" {
		reason += ": " + p.why
	}
	return reason, p.after
}

// watch tells of a loop that is stuck, and of the lag that grows meanwhile; the
// loop itself tells when it goes on. It ends with ctx.
func (l *loop) watch(ctx context.Context) {
	for retry.Wait(ctx, pulseEvery) == nil {
		reason, after := l.pulse.stuck()
		if reason == "" {
			continue
		}
		l.health.Fail(reason)
		stream, err := findStream(ctx, l.bus.JetStream(), bus.StreamEvents)
		if err != nil {
			continue // the lag as it was heard of last
		}
		if reason, _ := l.pulse.stuck(); reason == "" {
			continue // it went on meanwhile and has told itself
		}
		last := stream.CachedInfo().State.LastSeq
		l.metrics.lag.Set(float64(last - min(last, after)))
		l.status.decided(after, last)
	}
}
