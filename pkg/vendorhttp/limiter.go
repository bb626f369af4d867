package vendorhttp

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"
)

// Budget is how many calls of one class an account may make in any 60
// seconds.
type Budget struct {
	// Name is what requests refer to.
	Name string
	// Calls is the number of calls, at least 1.
	Calls int
	// Reserve is how many of the calls only urgent requests may use, below
	// Calls; 0 reserves none.
	Reserve int
}

// limiter holds an account's budgets. One lock covers them all, so that a call
// of two classes takes a slot of both or of none.
type limiter struct {
	folder  string
	source  string
	budgets []Budget

	mu      sync.Mutex
	windows map[string]*window
	// waiting counts the urgent requests that wait for a budget.
	waiting map[string]int
	held    time.Time
	quiet   holdFile
	changed chan struct{}
	closed  bool
}

func newLimiter(dataDir, source string, budgets []Budget) *limiter {
	l := &limiter{source: source, budgets: budgets, waiting: map[string]int{}, changed: make(chan struct{})}
	if dataDir != "" {
		l.folder = filepath.Join(dataDir, "budgets")
	}
	l.quiet = newHoldFile(l.folder, source)
	return l
}

// open reads the journals. It does nothing where they are open.
func (l *limiter) open() error {
	if l.closed {
		return errors.New("the account's client is closed")
	}
	if l.windows != nil {
		return nil
	}
	now := time.Now()
	windows := make(map[string]*window, len(l.budgets))
	for _, b := range l.budgets {
		var j *journal
		var earlier []time.Time
		if l.folder != "" {
			var err error
			path := filepath.Join(l.folder, l.source+"."+b.Name+".ring")
			if j, earlier, err = openJournal(path, b.Calls, now); err != nil {
				return errors.Join(err, closeAll(windows))
			}
		}
		windows[b.Name] = newWindow(b.Calls, earlier, j)
		windows[b.Name].reserve = b.Reserve
	}
	l.windows = windows
	if until := l.quiet.read(now); until.After(l.held) {
		l.held = until
	}
	return nil
}

func closeAll(windows map[string]*window) error {
	var errs []error
	for _, w := range windows {
		errs = append(errs, w.journal.close())
	}
	return errors.Join(errs...)
}

func (l *limiter) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := closeAll(l.windows)
	l.windows, l.closed = nil, true
	return err
}

// hold keeps every call of the account back until the given time.
func (l *limiter) hold(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.held) {
		l.held = until
		l.quiet.write(until)
	}
}

// permit is an admitted call. Exactly one of its budgets' slots each is busy
// until done is called.
type permit struct {
	limiter *limiter
	taken   map[*window]int
}

// acquire waits until every named budget admits a call. It does not wait at
// all where the wait would outlast the context's deadline.
func (l *limiter) acquire(ctx context.Context, names []string) (*permit, error) {
	return l.acquireFor(ctx, &caller{names: names})
}

// caller is a call that asks for admission.
type caller struct {
	names  []string
	urgent bool
	// behind are the budgets in which it is counted as an urgent one that waits.
	behind []string
}

func (l *limiter) acquireFor(ctx context.Context, c *caller) (*permit, error) {
	defer l.leave(c)
	for {
		p, at, changed, err := l.try(c)
		if p != nil || err != nil {
			return p, err
		}
		wait := time.Until(at)
		if deadline, ok := ctx.Deadline(); ok && at.After(deadline) {
			return nil, &Error{Kind: RateLimited, RetryAfter: wait, Detail: "the account's rate budget is used up"}
		}
		if err := pause(ctx, wait, changed); err != nil {
			return nil, err
		}
	}
}

// try takes a slot of every named budget if all are free; otherwise it returns
// the earliest time at which they may be, and a channel that closes when a
// call ends.
//
//nolint:revive // a fourth result is clearer than a struct for one caller
func (l *limiter) try(c *caller) (*permit, time.Time, <-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.open(); err != nil {
		return nil, time.Time{}, nil, &Error{Kind: Unavailable, Detail: err.Error()}
	}
	now := time.Now()
	ready, busy := l.held, false
	l.unregister(c)
	var behind []string
	for _, name := range c.names {
		w, ok := l.windows[name]
		if !ok {
			return nil, time.Time{}, nil, &Error{Kind: Unavailable, Detail: fmt.Sprintf("no budget is named %q", name)}
		}
		at, full := w.readyAt(now, c.urgent)
		full = full || !c.urgent && l.waiting[name] > 0
		if c.urgent && (full || at.After(now)) {
			behind = append(behind, name)
		}
		busy = busy || full
		if at.After(ready) {
			ready = at
		}
	}
	if busy || ready.After(now) {
		l.register(c, behind)
		return nil, ready, l.changed, nil
	}
	p, err := l.take(c.names, now)
	return p, now, nil, err
}

// register counts the caller as one that waits for the budgets.
func (l *limiter) register(c *caller, behind []string) {
	for _, name := range behind {
		l.waiting[name]++
	}
	c.behind = behind
}

// unregister forgets that the caller waits.
func (l *limiter) unregister(c *caller) {
	for _, name := range c.behind {
		l.waiting[name]--
	}
	c.behind = nil
}

// leave lets those go on who let an urgent caller pass.
func (l *limiter) leave(c *caller) {
	if !c.urgent {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unregister(c)
	l.wake()
}

// wake lets every waiting caller look again.
func (l *limiter) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *limiter) take(names []string, now time.Time) (*permit, error) {
	p := &permit{limiter: l, taken: make(map[*window]int, len(names))}
	for _, name := range names {
		w := l.windows[name]
		i, err := w.take(now)
		if err != nil {
			return nil, &Error{Kind: Unavailable, Detail: err.Error()}
		}
		p.taken[w] = i
	}
	return p, nil
}

// done ends the call. Sent reports whether the vendor may have counted it.
func (p *permit) done(sent bool) {
	l := p.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.windows != nil {
		p.finish(sent, time.Now())
	}
	l.wake()
}

// finish writes the ends. A failed write leaves the slot marked as in flight
// in the journal, which a restart reads as a call of that moment: stricter,
// never laxer.
func (p *permit) finish(sent bool, now time.Time) {
	for w, i := range p.taken {
		_ = w.finish(i, sent, now)
	}
}

// pause waits for d, for a change, or for the end of the context.
func pause(ctx context.Context, d time.Duration, changed <-chan struct{}) error {
	var elapsed <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		elapsed = timer.C
	}
	select {
	case <-elapsed:
		return nil
	case <-changed:
		return nil
	case <-ctx.Done():
		return ContextError(ctx, "waited for the account's rate budget")
	}
}
