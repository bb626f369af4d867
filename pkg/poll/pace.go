package poll

import (
	"context"
	"log/slog"
	"math"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

const (
	// hurry is how many times as often a source is polled while events come and its
	// budget is free. Config.Every is the longest interval while the budget allows it:
	// whoever waits for the events of a source may count on it.
	hurry = 2
	// plenty is the share of the vendor's budget that must be free for that: others,
	// and actions, need the rest.
	plenty = 0.5
	// shortest is the shortest interval that is chosen here; a configured one may be
	// as short.
	shortest = 5 * time.Second
	// mostUsed is the share of the budget that polls may use up before they become
	// fewer: what comes on top would wait for it, or be refused.
	mostUsed = 0.9
	// budgetSpan is what a budget counts over. What a poll has used is free again after
	// it, so longer intervals than this spare nothing.
	budgetSpan = time.Minute
)

// Paced is a fetcher whose source is polled as often as the vendor's budget allows.
type Paced struct {
	Fetcher
	// Hurries lets the source be polled more often while events come and the budget is
	// free. It is for sources that tell of things that happen: one that tells of counts,
	// which differ each time, would be polled so always.
	Hurries bool
	// used is the greatest share of the budget that was used up in the last fetch, in
	// the bits of a float64, with 1 added; 0 where nobody told.
	used atomic.Uint64
}

// Watch returns the connection to the adapter through which the fetcher must ask.
func (p *Paced) Watch(conn grpc.ClientConnInterface) grpc.ClientConnInterface {
	return rpc.WatchBudget(conn, p.tell)
}

// tell hears of one call, and of the share of the budget that it left. Calls come one
// at a time, as fetches do.
func (p *Paced) tell(free float64) {
	if told := 2 - free; told > math.Float64frombits(p.used.Load()) {
		p.used.Store(math.Float64bits(told))
	}
}

// Fetch forgets what the fetch before was told.
func (p *Paced) Fetch(ctx context.Context, w Window) (Batch, error) {
	p.used.Store(0)
	return p.Fetcher.Fetch(ctx, w)
}

// usage returns the share of the budget that was used up after the last fetch, by
// whomever; false where nobody told.
func (p *Paced) usage() (used float64, isTold bool) {
	told := math.Float64frombits(p.used.Load())
	return told - 1, told > 0
}

// pace is how often a loop polls at the moment.
type pace struct {
	// interval is the time from the start of the last poll to the next.
	interval time.Duration
	// refused counts the polls in a row of which the budget let nothing be read.
	refused int
	// isTold is whether the log has told that it is slow.
	isTold bool
}

// after returns the pace after a poll that went so. It is slower than Config.Every only
// while the budget does not allow that, and never slower than Config.Slowest.
func (l *Loop) after(last pace, result Result, err error) pace {
	if rpc.Reason(err) != rpc.ReasonRateLimited || result.Returned+result.Rejected > 0 {
		return pace{interval: l.interval(last.interval, result, err), isTold: last.isTold}
	}
	next := pace{interval: max(last.interval, l.cfg.Every), refused: last.refused + 1, isTold: last.isTold}
	if next.refused > 1 { // the first may be an accident, and says itself how long to wait
		next.interval = min(2*next.interval, l.cfg.Slowest)
	}
	return next
}

// interval returns the time to the next poll by what the last one has left of the
// budget.
func (l *Loop) interval(last time.Duration, result Result, err error) time.Duration {
	every := l.cfg.Every
	paced, isPaced := l.fetcher.(*Paced)
	if !isPaced {
		return every
	}
	used, isTold := paced.usage()
	switch {
	case !isTold:
		return every
	case paced.Hurries && err == nil && result.Published > 0 && used <= 1-plenty:
		return max(every/hurry, min(shortest, every))
	default:
		return max(every, min(affordable(last, used), l.cfg.Slowest))
	}
}

// affordable returns the interval at which polls as the last one, which were last
// apart, would use no more of the budget than they may. It goes half the way back to a
// shorter one: what was used is of a whole minute, in which polls may have been rarer.
func affordable(last time.Duration, used float64) time.Duration {
	last = min(last, budgetSpan)
	next := time.Duration(used / mostUsed * float64(last))
	return min(budgetSpan, max(next, (last+next)/2))
}

// muchSlower is how many times as long as configured an interval is of which the log
// tells.
const muchSlower = 2

// tellPace says once that a source is polled much less often than it is configured to
// be, and once that it no longer is.
func (l *Loop) tellPace(ctx context.Context, now *pace) {
	every := l.cfg.Every
	switch isSlow := now.interval > every; {
	case !now.isTold && now.interval >= muchSlower*every:
		now.isTold = true
		l.logger.WarnContext(ctx, "polled less often than configured: the vendor's budget allows no more; "+
			"make poll.every longer, or let the source read less", slog.Duration("every", every), slog.Duration("interval", now.interval))
	case now.isTold && !isSlow:
		now.isTold = false
		l.logger.InfoContext(ctx, "polled as often as configured again", slog.Duration("every", every))
	}
}
