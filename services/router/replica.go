package router

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/signalbox-io/signalbox/pkg/claim"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

const (
	// claimKey is the claim on deciding in the bucket of the cursors. No source is
	// called so.
	claimKey = "_active"
	// defaultTakeOver is how long the router that decides must not have been heard
	// of. It stops by itself after two thirds of that; a renewal that is lost or
	// late does no harm.
	defaultTakeOver = 3 * time.Second
	// renewEvery, lookEvery and attemptTime are how often the claim is renewed and
	// looked at, and how long that may take, or a sixth, a twelfth and a third of
	// when it runs out.
	renewEvery  = 500 * time.Millisecond
	lookEvery   = 250 * time.Millisecond
	attemptTime = time.Second
)

// Replica is one of several routers on a bus, of which one decides and acts: the
// one that has the claim. The others follow it and take over when it stops, dies or
// is cut off. Stopping it before it was started, or twice, is harmless.
type Replica struct {
	opts    Options
	metrics *metrics
	holder  string
	claim   *claim.Claim

	// now is what this process is at.
	now atomic.Pointer[term]
	// other is who had the claim when it was looked at last, nil if nobody.
	other atomic.Pointer[sourcev1.Claim]

	mu       sync.Mutex
	cancel   context.CancelFunc
	stopping func() context.Context // that of Stop, nil before
	ended    chan struct{}
}

// NewReplica returns a replica that does nothing until Start. The rules decide,
// where this one does, until others are read.
func NewReplica(opts Options, rules *Rules) (*Replica, error) {
	p := &Replica{opts: opts.withDefaults(), holder: claim.Holder()}
	var err error
	if p.metrics, err = newMetrics(opts.Registerer, heldBy(func() *Router { return p.now.Load().router })); err != nil {
		return nil, err
	}
	p.claim = p.newClaim("")
	p.begin(rules)
	return p, nil
}

func (p *Replica) newClaim(instance string) *claim.Claim {
	after := p.opts.TakeOverAfter
	return claim.New(claim.Options{
		Bucket: p.opts.Bus.Cursors, Key: claimKey, Holder: p.holder, Instance: instance, Address: p.opts.Address,
		StaleAfter: after, HeldFor: after * 2 / 3, ReleaseTime: p.opts.FlushTime / 3,
		Attempt: func(ctx context.Context, do func(context.Context) error) error {
			ctx, cancel := context.WithTimeout(ctx, min(attemptTime, after/3))
			defer cancel()
			return do(ctx)
		},
	})
}

// Start begins to stand by, and to decide where nobody else does, and returns. It
// ends with Stop, not with ctx. Starting twice does nothing.
func (p *Replica) Start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended != nil {
		return nil
	}
	instance, err := instanceOf(p.opts.InstanceFile)
	if err != nil {
		return err
	}
	p.claim = p.newClaim(instance)
	t := p.begin(p.now.Load().router.reloads.current)
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	p.ended = make(chan struct{})
	go func() {
		defer close(p.ended)
		p.run(ctx, t)
	}()
	return nil
}

// run stands by and decides in turns until ctx ends.
func (p *Replica) run(ctx context.Context, t *term) {
	for p.standBy(ctx, t) {
		p.decide(ctx, t)
		rules, err := t.router.reloads.asked(ctx) // a router that was cut off may still read some
		if err != nil || ctx.Err() != nil {
			return
		}
		t = p.begin(rules)
	}
}

// Stop ends deciding in order, within ctx, and gives the claim back. If ctx ends
// before that, another router takes over when the claim has run out.
func (p *Replica) Stop(ctx context.Context) error {
	p.mu.Lock()
	ended, cancel := p.ended, p.cancel
	if ended != nil && p.stopping == nil {
		p.stopping = func() context.Context { return ctx }
	}
	p.mu.Unlock()
	if ended == nil {
		return nil
	}
	cancel()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop the router: %w", ctx.Err())
	}
}

// place tells which of several routers this one is.
func (p *Replica) place() *routerv1.Replica {
	t := p.now.Load()
	r := t.router
	place := &routerv1.Replica{Role: routerv1.Replica_ROLE_STANDBY, FollowedSequence: r.status.get().Decided}
	place.OwnRuleSet = r.status.own()
	if t.active.Load() {
		place.Role, place.Epoch = routerv1.Replica_ROLE_ACTIVE, t.epoch.Load()
		place.Active, place.ActiveAddress = p.holder, p.opts.Address
	} else if other := p.other.Load(); other != nil {
		place.Epoch, place.Active, place.ActiveAddress = other.GetEpoch(), other.GetHolder(), other.GetAddress()
	}
	return place
}

// Reload reads the rules files again where this process decides. One that stands by
// looks at its files each second anyway.
func (p *Replica) Reload(ctx context.Context, by string) error {
	t := p.now.Load()
	if !t.active.Load() {
		p.opts.Logger.InfoContext(ctx, "rules are not read again by a router that does not decide; it reads its files when it begins to",
			slog.String("by", by))
		return nil
	}
	_, err := t.router.Reload(ctx, by)
	return err
}
