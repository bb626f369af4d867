package router

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// maxOffers bounds the inputs that wait: more than the actions that can be open
// at once.
const maxOffers = 200_000

var errTooManyInputs = errors.New("too many inputs wait to be taken")

// errEnded is told to those whose input a router has not taken when it ends.
var errEnded = errors.New("this router has stopped deciding")

// offer is an input that waits for its place among the events.
type offer struct {
	input *routerv1.Input
	// rules are those of a switch.
	rules *Rules
	// taken hears how it ended; nil if nobody waits. It has room for what is told.
	taken chan error
}

func (o offer) end(err error) {
	if o.taken != nil {
		o.taken <- err
	}
}

// inputQueue holds inputs until the loop takes them between two events. Adding
// never waits, so that what the loop waits for itself may add. It is safe for
// concurrent use.
type inputQueue struct {
	wake   chan struct{}
	some   atomic.Bool
	taking atomic.Bool // the loop is at one

	mu     sync.Mutex
	offers []offer
	closed error // why none is taken any more
}

func newInputQueue() *inputQueue { return &inputQueue{wake: make(chan struct{}, 1)} }

// add puts the offers at the end, all of them or none.
func (q *inputQueue) add(offers ...offer) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed != nil {
		endAll(offers, q.closed)
		return nil
	}
	if len(q.offers)+len(offers) > maxOffers {
		return fmt.Errorf("%w: %d", errTooManyInputs, len(q.offers))
	}
	q.offers = append(q.offers, offers...)
	q.some.Store(true)
	signal(q.wake)
	return nil
}

// close ends what waits and what comes later: nobody takes it any more.
func (q *inputQueue) close(why error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	endAll(q.offers, why)
	q.closed, q.offers = why, nil
	q.some.Store(false)
}

func endAll(offers []offer, why error) {
	for _, o := range offers {
		o.end(why)
	}
}

// waiting returns how many inputs are not taken yet, the one that the loop is at
// included.
func (q *inputQueue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.taking.Load() {
		return len(q.offers) + 1
	}
	return len(q.offers)
}

// pop returns the first offer, false if there is none.
func (q *inputQueue) pop() (offer, bool) {
	if !q.some.Load() {
		return offer{}, false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.offers) == 0 {
		q.some.Store(false)
		return offer{}, false
	}
	o := q.offers[0]
	q.offers[0] = offer{}
	q.offers = q.offers[1:]
	if len(q.offers) == 0 {
		q.offers = nil
		q.some.Store(false)
	}
	return o, true
}

// back puts an offer that was popped and not taken before the others.
func (q *inputQueue) back(o offer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.offers = slices.Insert(q.offers, 0, o)
	q.some.Store(true)
}

// Take lets the engine take an input between two events, and returns when it
// is recorded and has taken effect, or when ctx ends: then it may still take
// effect later. The place of the input is filled in here.
func (r *Router) Take(ctx context.Context, in *routerv1.Input) error {
	return r.take(ctx, offer{input: in})
}

func (r *Router) take(ctx context.Context, o offer) error {
	o.taken = make(chan error, 1)
	if err := r.inputs.add(o); err != nil {
		return err
	}
	select {
	case err := <-o.taken:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait until the router takes the input: %w; it may still do so", ctx.Err())
	}
}
