package action

import (
	"context"
	"errors"
	"sync"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// stopSwitch says why no effect is asked for, nothing while effects are.
type stopSwitch struct {
	mu   sync.Mutex
	why  string
	bell chan struct{} // closed when the switch is thrown
}

func newStopSwitch() *stopSwitch { return &stopSwitch{bell: make(chan struct{})} }

func (s *stopSwitch) set(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.why == "" && why != "" {
		close(s.bell)
		s.bell = make(chan struct{})
	}
	s.why = why
}

func (s *stopSwitch) get() (why string, bell <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.why, s.bell
}

// Halt stops every effect that is not asked for yet, for the reason that it is
// given, or lets them go on where that is empty. What has not been attempted is
// refused with it, and so is what certainly had no effect; what may have had one is
// read back first. What ends a pause, or a lease, is never stopped. Calls that are
// under way end as they do.
func (x *Executor) Halt(why string) { x.halt.set(why) }

// isStoppable reports whether a stop holds for the action. One that has its share
// in a lease has had its effect.
func (x *Executor) isStoppable(a *actionv1.Action) bool {
	endsPause := ledger.EndsLease(a) || a.GetResumeAlert() != nil || a.GetResumeStream() != nil
	return !endsPause && !holds(x.leases.Active(keyOf(a)), a)
}

// stoppedError is why an effect was not asked for: actions are stopped.
type stoppedError string

// Error implements error.
func (e stoppedError) Error() string { return string(e) }

// checkStop returns a stoppedError while the action is stopped.
func (x *Executor) checkStop(a *actionv1.Action) error {
	if why, _ := x.halt.get(); why != "" && x.isStoppable(a) {
		return stoppedError(why)
	}
	return nil
}

// step is one pass, unless actions are stopped. What may have happened is looked for
// all the same, that of an attempt before a retry included.
func (x *Executor) step(ctx context.Context, r ledger.Record, t *turn) (ledger.Record, error) {
	if err := x.checkStop(r.Action); err != nil && !mayHaveHappened(r) {
		return x.end(ctx, r, forbidden, err.Error())
	}
	r, err := x.pass(ctx, r, t)
	stopped, ok := errors.AsType[stoppedError](err)
	if !ok {
		return r, err
	}
	detail := stopped.Error()
	if e := x.effectOf(r.Action); mayHaveHappened(r) && e != nil && e.look == nil {
		detail += detailMayBe
	}
	return x.abandon(ctx, r, t, forbidden, detail)
}

// bellFor rings when the action is stopped; nil for one that never is.
func (x *Executor) bellFor(a *actionv1.Action) <-chan struct{} {
	if !x.isStoppable(a) {
		return nil
	}
	_, bell := x.halt.get()
	return bell
}
