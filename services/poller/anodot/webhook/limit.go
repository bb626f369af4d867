package webhook

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// perSecond is how often an account may push in the long run, and burst at
	// once: a channel pushes each firing by itself, and many may begin together.
	perSecond = 20
	burst     = 200
	// maxAtOnce is how many pushes are worked on at a time, so that what they
	// hold in memory is bounded.
	maxAtOnce = 16
)

// bucket is the pushes that an account has left.
type bucket struct {
	mu   sync.Mutex
	left float64
	at   time.Time
}

func newBucket(now time.Time) *bucket { return &bucket{left: burst, at: now} }

// take uses one up, and reports whether there was one.
func (b *bucket) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if passed := now.Sub(b.at); passed > 0 {
		b.left = min(burst, b.left+passed.Seconds()*perSecond)
	}
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// room is where pushes are worked on. The zero value is closed.
type room struct {
	mu     sync.Mutex
	isOpen bool
	inside int
	// empty is closed when the last one leaves a room that has been closed.
	empty chan struct{}
}

func (r *room) open() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.isOpen, r.empty = true, make(chan struct{})
}

// enter reports whether there is room; who enters must leave.
func (r *room) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.isOpen || r.inside >= maxAtOnce {
		return false
	}
	r.inside++
	return true
}

func (r *room) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inside--
	if !r.isOpen && r.inside == 0 {
		close(r.empty)
	}
}

// close lets nobody in and waits for those inside until ctx ends. Closing a
// closed room does nothing.
func (r *room) close(ctx context.Context) error {
	r.mu.Lock()
	if !r.isOpen {
		r.mu.Unlock()
		return nil
	}
	r.isOpen = false
	if r.inside == 0 {
		close(r.empty)
	}
	empty := r.empty
	r.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for pushes under way: %w", ctx.Err())
	}
}
