package poll

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

const (
	// hurry is how many times as often a source is polled while events come and its
	// budget is free. Config.Every is the longest interval: whoever waits for the
	// events of a source may count on it.
	hurry = 2
	// plenty is the share of the vendor's budget that must be free for that: others,
	// and actions, need the rest.
	plenty = 0.5
	// shortest is the shortest interval that is chosen here; a configured one may be
	// as short.
	shortest = 5 * time.Second
)

// Paced is a fetcher whose source is polled more often while events come and the
// vendor's budget is free. It is for sources that tell of things that happen: one
// that tells of counts, which differ each time, would be polled so always.
type Paced struct {
	Fetcher
	// left is the least share of the budget that was free in the last fetch, in the
	// bits of a float64. It is 0 where nobody told: then there is no hurry.
	left atomic.Uint64
}

// Watch returns the connection to the adapter through which the fetcher must ask.
func (p *Paced) Watch(conn grpc.ClientConnInterface) grpc.ClientConnInterface {
	return rpc.WatchBudget(conn, p.tell)
}

// tell hears of one call. Calls come one at a time, as fetches do.
func (p *Paced) tell(share float64) {
	if before := math.Float64frombits(p.left.Load()); before < 0 || share < before {
		p.left.Store(math.Float64bits(share))
	}
}

// Fetch forgets what the fetch before was told.
func (p *Paced) Fetch(ctx context.Context, w Window) (Batch, error) {
	p.left.Store(math.Float64bits(-1)) // nothing told yet
	return p.Fetcher.Fetch(ctx, w)
}

// isFree reports whether the budget leaves room for polls out of turn.
func (p *Paced) isFree() bool { return math.Float64frombits(p.left.Load()) >= plenty }

// interval returns the time from the start of a poll that went so to the next.
func (l *Loop) interval(result Result, err error) time.Duration {
	paced, isPaced := l.fetcher.(*Paced)
	if !isPaced || err != nil || result.Published == 0 || !paced.isFree() {
		return l.cfg.Every
	}
	return max(l.cfg.Every/hurry, min(shortest, l.cfg.Every))
}
