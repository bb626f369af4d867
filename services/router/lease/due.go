package lease

import (
	"container/heap"
	"context"
	"time"
)

// deadline is when a lease is over. An entry that does not fit the lease any
// more (it was extended or ended) is dropped when its turn comes.
type deadline struct {
	at    time.Time
	key   Key
	lease string
}

// queue holds deadlines, the earliest first.
type queue struct{ entries deadlines }

func (q *queue) add(d deadline) { heap.Push(&q.entries, d) }

func (q *queue) first() (deadline, bool) {
	if len(q.entries) == 0 {
		return deadline{}, false
	}
	return q.entries[0], true
}

func (q *queue) drop() { heap.Pop(&q.entries) }

// deadlines implements heap.Interface.
type deadlines []deadline

// Len implements heap.Interface.
func (d *deadlines) Len() int { return len(*d) }

// Less implements heap.Interface.
func (d *deadlines) Less(i, j int) bool { return (*d)[i].at.Before((*d)[j].at) }

// Swap implements heap.Interface.
func (d *deadlines) Swap(i, j int) { (*d)[i], (*d)[j] = (*d)[j], (*d)[i] }

// Push implements heap.Interface.
func (d *deadlines) Push(x any) { *d = append(*d, x.(deadline)) }

// Pop implements heap.Interface.
func (d *deadlines) Pop() any {
	last := len(*d) - 1
	entry := (*d)[last]
	*d = (*d)[:last]
	return entry
}

// longestWait is how long Run waits at most before it looks at the clock
// again, so that a step of the clock delays a resume by no more.
const longestWait = time.Minute

// Run tells over of each lease whose last holder's time is over, once per
// lease and end, until ctx ends. over must not block for long.
func (k *Keeper) Run(ctx context.Context, over func(Key)) {
	for ctx.Err() == nil {
		keys, wait := k.collect()
		for _, key := range keys {
			over(key)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-k.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// collect returns the targets whose leases are over, and how long to wait for
// the next one.
func (k *Keeper) collect() ([]Key, time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var keys []Key
	for {
		first, ok := k.due.first()
		if !ok {
			return keys, longestWait
		}
		if wait := first.at.Sub(k.now()); wait > 0 {
			return keys, min(wait, longestWait)
		}
		k.due.drop()
		l := k.active[first.key]
		if l.GetId() == first.lease && l.GetUntil().AsTime().Equal(first.at) {
			keys = append(keys, first.key)
		}
	}
}
