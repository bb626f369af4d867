package query

import (
	"sync"

	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

const (
	maxWatchers = 256
	// watcherEvents is how many events a watcher may be behind; several times
	// what the projection brings at once.
	watcherEvents = 2048
)

// watchers hands new events to whoever watches. Telling never blocks: a
// watcher whose buffer is full is ended.
type watchers struct {
	metrics *metrics

	mu      sync.Mutex
	members map[*watcher]struct{}
	stopped bool
}

// watcher is one caller's share.
type watcher struct {
	events chan *eventv1.Event
	// ended is closed when no more events come, for the reason err.
	ended chan struct{}
	err   error
}

func newWatchers(m *metrics) *watchers {
	return &watchers{metrics: m, members: map[*watcher]struct{}{}}
}

// join returns a watcher that gets every event told from now on. leave must
// be called.
func (w *watchers) join() (*watcher, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.stopped:
		return nil, rpc.Stopping()
	case len(w.members) >= maxWatchers:
		return nil, rpc.Error(codes.ResourceExhausted, ReasonTooManyWatchers, nil,
			"%d callers watch already, which is the most; list instead, or call again later", maxWatchers)
	}
	member := &watcher{events: make(chan *eventv1.Event, watcherEvents), ended: make(chan struct{})}
	w.members[member] = struct{}{}
	w.metrics.watchers.Inc()
	return member, nil
}

// leave gives the watcher back; doing so twice does nothing.
func (w *watchers) leave(member *watcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remove(member)
}

// tell gives the events to every watcher. They are shared: nobody may change
// them.
func (w *watchers) tell(events []*eventv1.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for member := range w.members {
		if !member.take(events) {
			w.metrics.slow.Inc()
			w.end(member, errSlow())
		}
	}
}

// stop ends every watcher, and lets nobody join any more.
func (w *watchers) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	for member := range w.members {
		w.end(member, rpc.Stopping())
	}
}

// end and remove are for callers that hold mu.
func (w *watchers) end(member *watcher, reason error) {
	w.remove(member)
	member.err = reason
	close(member.ended)
}

func (w *watchers) remove(member *watcher) {
	if _, ok := w.members[member]; ok {
		delete(w.members, member)
		w.metrics.watchers.Dec()
	}
}

// take reports whether there was room for all of the events.
func (m *watcher) take(events []*eventv1.Event) bool {
	for _, event := range events {
		select {
		case m.events <- event:
		default:
			return false
		}
	}
	return true
}

func errSlow() error {
	return rpc.Error(codes.ResourceExhausted, ReasonSlowWatcher, nil,
		"this watch fell more than %d events behind and was ended; call again, and list events for what it missed", watcherEvents)
}
