package action_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

var errKilled = errors.New("the process was killed")

// dyingBus lets a number of writes through. At the next one the process dies,
// before the bus has it or after, and nothing it does reaches the bus any more.
type dyingBus struct {
	*bus.Bus
	left    atomic.Int64
	applied bool // the last write reaches the bus
	dead    context.CancelFunc
}

func (d *dyingBus) write(do func() error) error {
	left := d.left.Add(-1)
	if left > 0 {
		return do()
	}
	if left == 0 {
		if d.applied {
			_ = do()
		}
		d.dead()
	}
	return errKilled
}

func (d *dyingBus) PublishAction(ctx context.Context, a *actionv1.Action) error {
	return d.write(func() error { return d.Bus.PublishAction(ctx, a) })
}

func (d *dyingBus) PublishLease(ctx context.Context, l *actionv1.Lease) error {
	return d.write(func() error { return d.Bus.PublishLease(ctx, l) })
}

func (d *dyingBus) PublishNotification(ctx context.Context, subject string, a *actionv1.Action) error {
	return d.write(func() error { return d.Bus.PublishNotification(ctx, subject, a) })
}

func (d *dyingBus) Ledger() jetstream.KeyValue { return dyingBucket{d.Bus.Ledger(), d} }

func (d *dyingBus) Leases() jetstream.KeyValue { return dyingBucket{d.Bus.Leases(), d} }

type dyingBucket struct {
	jetstream.KeyValue
	owner *dyingBus
}

func (b dyingBucket) Create(ctx context.Context, key string, value []byte, opts ...jetstream.KVCreateOpt) (revision uint64, err error) {
	err = b.owner.write(func() error {
		revision, err = b.KeyValue.Create(ctx, key, value, opts...)
		return err
	})
	return revision, err
}

func (b dyingBucket) Update(ctx context.Context, key string, value []byte, last uint64) (revision uint64, err error) {
	err = b.owner.write(func() error {
		revision, err = b.KeyValue.Update(ctx, key, value, last)
		return err
	})
	return revision, err
}

// PutString writes the mark of what is published; when is left to time, so it
// does not count.
func (b dyingBucket) PutString(ctx context.Context, key, value string) (uint64, error) {
	if b.owner.left.Load() <= 0 {
		return 0, errKilled
	}
	return b.KeyValue.PutString(ctx, key, value)
}

// atEveryWrite plays something whose process is killed at its first write, at its
// second, and so on until it survives.
func atEveryWrite(t *testing.T, play func(t *testing.T, writes int) (survived bool)) {
	t.Helper()
	survived := false
	for writes := 1; !survived; writes++ {
		require.Less(t, writes, 40)
		require.True(t, t.Run(fmt.Sprint("killed at write ", writes), func(t *testing.T) { survived = play(t, writes) }))
	}
}

// life runs a process that dies at the given write of its own, and reports
// whether it got through the story before that.
func (r *rig) life(t *testing.T, writes int, applied bool, story func(context.Context, *process) bool) bool {
	t.Helper()
	ctx, dead := context.WithCancel(t.Context())
	defer dead()
	dying := &dyingBus{Bus: r.bus, applied: applied, dead: dead}
	dying.left.Store(int64(writes))
	p := r.prepare(t, dying)
	if p.leases.Load(ctx) != nil || p.executor.Recover(ctx) != nil {
		return false
	}
	p.executor.Start()
	defer p.kill()
	return story(ctx, p)
}

// submit asks for the action as the router does, also after a crash: it
// replays the event and asks for the same. False if the process died.
func (p *process) submit(ctx context.Context, a *actionv1.Action) bool {
	r, err := p.ledger.Create(ctx, a)
	return err == nil && p.executor.Submit(ctx, r.Action) == nil
}

// alive waits until the condition holds, or the process is dead.
func alive(ctx context.Context, t *testing.T, what string, condition func() bool) bool {
	t.Helper()
	until(t, what, func() bool { return ctx.Err() != nil || condition() })
	return ctx.Err() == nil
}

// aWhile is more than calls may still arrive, and less than anything is given up.
const aWhile = 5 * time.Minute

// isEnded lets the clock run for some minutes at most until the action has ended, and
// reports whether the process is alive then.
func (p *process) isEnded(ctx context.Context, id string) bool {
	p.t.Helper()
	limit := p.rig.clock.now().Add(aWhile)
	return alive(ctx, p.t, id+" ends", func() bool {
		p.rig.clock.step(20*time.Millisecond, limit)
		return p.isFinal(id)
	})
}

// pauseStory asks for a pause, lets its time pass, and waits for the resume.
func (r *rig) pauseStory(t *testing.T) func(context.Context, *process) bool {
	t.Helper()
	want, end := pauseAlert("p", "a1", r.clock.in(time.Hour)), r.clock.now().Add(time.Hour)
	return func(ctx context.Context, p *process) bool {
		if !p.submit(ctx, want) {
			return false
		}
		if !alive(ctx, t, "the pause is made", func() bool { return p.isFinal("p") }) {
			return false
		}
		r.clock.advance(max(0, end.Sub(r.clock.now())))
		return alive(ctx, t, "the resume is made", func() bool {
			for _, resume := range r.resumes(t) {
				return ledger.IsFinal(resume.GetState())
			}
			return false
		})
	}
}

func (p *process) isFinal(id string) bool {
	r, err := p.ledger.Get(p.t.Context(), id)
	return err == nil && ledger.IsFinal(r.State())
}

// judge looks at what is left: the effects once and in order, nothing paused,
// nothing open.
func (r *rig) judge(t *testing.T) {
	t.Helper()
	require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
	require.False(t, r.vendor.isPaused("a1"))
	r.leaseIs(t, "a1", ended)
	require.Equal(t, done, r.resumed(t).GetState())
	states := slices.Compact(r.statesOf(t, "p")) // a crash before the call costs an attempt
	require.Equal(t, []string{"pending", "attempting", "done"}, states)
	open, err := r.prepare(t, r.bus).ledger.Recover(t.Context())
	require.NoError(t, err)
	require.Empty(t, open)
}

// statesOf returns the states published of the action. No message is there
// twice.
func (r *rig) statesOf(t *testing.T, id string) []string {
	t.Helper()
	var states []string
	seen := map[string]bool{}
	for _, msg := range r.messages(t, "signalbox.action.") {
		a, err := bus.DecodeAction(msg.Header, msg.Data)
		require.NoError(t, err)
		require.False(t, seen[msg.Header.Get("ce-id")])
		seen[msg.Header.Get("ce-id")] = true
		if a.GetId() == id {
			states = append(states, bus.ActionSubject(a)[len("signalbox.action.anodot-prod.pause_alert."):])
		}
	}
	return states
}

// A process that is killed at any of its writes leaves the same behind as one
// that is not.
func TestCrash_AtEveryWriteOfAPause(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]fault{"vendor answers": {ok}, "answers get lost": {lose(unknownOutcome())}} {
		for _, applied := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, last write applied %t", name, applied), func(t *testing.T) {
				t.Parallel()
				atEveryWrite(t, func(t *testing.T, writes int) bool {
					t.Helper()
					r := newRig(t, "a1")
					r.vendor.script("pause a1", faults...)
					r.vendor.script("resume a1", faults...)
					story := r.pauseStory(t)
					survived := r.life(t, writes, applied, story)
					require.True(t, r.life(t, 1e6, true, story))
					r.judge(t)
					return survived
				})
			})
		}
	}
}

func TestCrash_AgainAndAgain(t *testing.T) {
	t.Parallel()
	for _, writes := range []int{6, 7, 9} {
		t.Run(strconv.Itoa(writes), func(t *testing.T) {
			r := newRig(t, "a1")
			story := r.pauseStory(t)
			lives := 1
			for !r.life(t, writes, lives%2 == 0, story) {
				lives++
				require.Less(t, lives, 50)
			}
			require.Greater(t, lives, 1)
			r.judge(t)
		})
	}
}

func TestCrash_AtEveryWriteOfAWatcher(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]fault{"vendor answers": {ok}, "answer gets lost": {lose(unknownOutcome())}} {
		for _, applied := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, last write applied %t", name, applied), func(t *testing.T) {
				t.Parallel()
				atEveryWrite(t, func(t *testing.T, writes int) bool {
					t.Helper()
					r := newRig(t)
					r.vendor.script("create", faults...)
					story := func(ctx context.Context, p *process) bool {
						return p.submit(ctx, createWatcher("w", "bots [sb-1]")) && p.isEnded(ctx, "w")
					}
					survived := r.life(t, writes, applied, story)
					require.True(t, r.life(t, 1e6, true, story))
					require.Equal(t, []string{"create bots [sb-1]"}, r.vendor.happened())
					require.Equal(t, done, r.prepare(t, r.bus).stateOf("w").GetState())
					return survived
				})
			})
		}
	}
}

// Nothing tells whether a notification was sent before the crash: it is sent
// again under the same id, and never lost.
func TestCrash_AtEveryWriteOfANotification(t *testing.T) {
	t.Parallel()
	again := 0
	for _, applied := range []bool{false, true} {
		atEveryWrite(t, func(t *testing.T, writes int) bool {
			t.Helper()
			r := newRig(t)
			sub, err := r.bus.Conn().SubscribeSync("signalbox.notify.>")
			require.NoError(t, err)
			story := func(ctx context.Context, p *process) bool {
				return p.submit(ctx, publish("n", "bots")) &&
					alive(ctx, t, "it is published", func() bool { return p.isFinal("n") })
			}
			survived := r.life(t, writes, applied, story)
			require.True(t, r.life(t, 1e6, true, story))
			require.NoError(t, r.bus.Conn().Flush())
			sent := 0
			for msg, err := sub.NextMsg(patience); err == nil; msg, err = sub.NextMsg(time.Millisecond) {
				require.Equal(t, "n", msg.Header.Get("ce-id"))
				sent++
			}
			require.Contains(t, []int{1, 2}, sent)
			again += sent - 1
			require.NoError(t, sub.Unsubscribe())
			return survived
		})
	}
	require.Positive(t, again, "some crash falls between the sending and its record")
}

// A pause that waits for its lane, or holds a lease already, is found again.
func TestCrash_WhileTwoRulesPauseOneAlert(t *testing.T) {
	t.Parallel()
	atEveryWrite(t, func(t *testing.T, writes int) bool {
		t.Helper()
		r := newRig(t, "a1")
		first, second := pauseAlert("first", "a1", r.clock.in(time.Hour)), pauseAlert("second", "a1", r.clock.in(2*time.Hour))
		second.Rule = "another"
		story := func(ctx context.Context, p *process) bool {
			return p.submit(ctx, first) && p.submit(ctx, second) &&
				alive(ctx, t, "both are made", func() bool { return p.isFinal("first") && p.isFinal("second") })
		}
		survived := r.life(t, writes, writes%2 == 0, story)
		p := r.start(t)
		require.True(t, story(t.Context(), p))
		require.Equal(t, done, p.stateOf("first").GetState())
		require.Equal(t, done, p.stateOf("second").GetState())
		require.Len(t, r.leaseIs(t, "a1", active).GetHolders(), 2)
		r.clock.advance(2 * time.Hour)
		r.leaseIs(t, "a1", ended)
		require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
		p.kill()
		return survived
	})
}

// Somebody who resumes while the process is down, after it took the lease and
// before it recorded that, is not overruled.
func TestCrash_ResumedByHandBeforeThePauseIsRecorded(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.paused(t)
	p.kill()
	p.rewind("p", attempting)
	r.vendor.set("a1", false)

	again := r.start(t)
	require.Contains(t, again.reaches("p", done).GetDetail(), "holds its lease already; lease ")
	r.leaseIs(t, "a1", overridden)
	require.Equal(t, []string{"pause a1"}, r.vendor.happened())
}

func TestBus_AwayAtTheEndOfALease(t *testing.T) {
	t.Parallel()
	server := bustest.NewServer(t)
	r := newRigOn(t, bustest.Connect(t, server), "a1")
	r.paused(t)
	require.NoError(t, server.Stop(t.Context()))
	r.clock.advance(time.Hour)
	until(t, "the connection is seen to be gone", func() bool { return r.bus.Conn().Status() != nats.CONNECTED })
	require.NoError(t, server.Start(t.Context()))
	until(t, "the alert is resumed", func() bool { return !r.vendor.isPaused("a1") })
	r.leaseIs(t, "a1", ended)
	require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
}
