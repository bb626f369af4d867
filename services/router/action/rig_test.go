package action_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/rpc/rpctest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

const (
	patience = 120 * time.Second
	tick     = 2 * time.Millisecond

	pending    = actionv1.State_STATE_PENDING
	attempting = actionv1.State_STATE_ATTEMPTING
	done       = actionv1.State_STATE_DONE
	failed     = actionv1.State_STATE_FAILED
	expired    = actionv1.State_STATE_EXPIRED
	forbidden  = actionv1.State_STATE_REFUSED

	active     = actionv1.LeaseState_LEASE_STATE_ACTIVE
	ended      = actionv1.LeaseState_LEASE_STATE_ENDED
	overridden = actionv1.LeaseState_LEASE_STATE_OVERRIDDEN
)

// clock moves by a nanosecond with each look, and when it is told to.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanos.Store(time.Now().UnixNano())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(0, c.nanos.Add(1)) }
func (c *clock) advance(d time.Duration) { c.nanos.Add(int64(d)) }

// step advances by d, unless limit has come: on a busy machine who waits looks often.
func (c *clock) step(d time.Duration, limit time.Time) {
	if c.now().Before(limit) {
		c.advance(d)
	}
}

func (c *clock) in(d time.Duration) *timestamppb.Timestamp {
	return timestamppb.New(c.now().Add(d))
}

// router is what is on the bus: the three packages' own, or one that crashes.
type router interface {
	ledger.Bus
	lease.Bus
	action.Notifier
}

// rig is a bus, a vendor and a clock that outlive the process under test. Calls of
// the vendor end by themselves, however short the options' deadline: that one counts
// by the clock of the rig, and a busy machine is no vendor that hangs.
type rig struct {
	bus    *bus.Bus
	vendor *vendor
	clock  *clock
	dialer *rpctest.Dialer
	change func(*action.Options)
	slow   atomic.Int32 // approvals of somebody slow that were told

	mu   sync.Mutex
	read []*jetstream.RawStreamMsg // of the stream of actions and leases
}

func newRig(t *testing.T, alerts ...string) *rig {
	t.Helper()
	return newRigOn(t, buses.borrow(t), alerts...)
}

func newRigOn(t *testing.T, b *bus.Bus, alerts ...string) *rig {
	t.Helper()
	return &rig{
		bus: b, vendor: newVendor(t, alerts...), clock: newClock(),
		dialer: rpctest.NewDialer(t), change: func(*action.Options) {},
	}
}

// process is one life of the process under test.
type process struct {
	t        *testing.T
	rig      *rig
	ledger   *ledger.Ledger
	leases   *lease.Keeper
	executor *action.Executor
}

// prepare returns a process that is not started. Another dialer than the rig's is for
// what deadlines do.
func (r *rig) prepare(t *testing.T, on router, dialer ...action.Dialer) *process {
	t.Helper()
	dialer = append(dialer, r.dialer)
	logger := slog.New(slog.DiscardHandler)
	opts := action.Options{
		Adapters: map[string]string{
			"anodot-prod": r.vendor.addr, "anomify-prod": r.vendor.addr, "reports": r.vendor.addr,
		},
		SubjectPrefix: "signalbox.notify",
		CallTimeout:   200 * time.Millisecond, Backoff: retry.Backoff{Base: tick, Max: 4 * tick},
		ReadBackEvery: tick, ReconcileEvery: 5 * tick, Now: r.clock.now,
	}
	r.change(&opts)
	p := &process{t: t, rig: r}
	on = hearing{on, p}
	p.ledger = ledger.New(on, logger, ledger.Options{Now: r.clock.now})
	p.leases = lease.NewKeeper(on, logger, lease.Options{Now: r.clock.now})
	p.executor = action.New(p.ledger, p.leases, dialer[0], on, logger, opts)
	return p
}

// hearing is the bus of a process whose engine hears of approvals at once, of those
// of somebody slow when they are told again, and lets each pass but those of
// somebody called nobody.
type hearing struct {
	router
	p *process
}

func (h hearing) PublishAction(ctx context.Context, a *actionv1.Action) error {
	err := h.router.PublishAction(ctx, a)
	switch {
	case err != nil || a.GetState() != pending:
		return err
	case a.GetDecidedBy() == "nobody":
		return h.p.executor.Refuse(ctx, a.GetId(), "safety says no")
	case a.GetDecidedBy() == "" || a.GetDecidedBy() == "slow" && h.p.rig.slow.Add(1) == 1:
		return nil
	default:
		return h.p.executor.Release(ctx, a.GetId())
	}
}

// start returns a process that has taken up what is on the bus. It is killed
// when the test ends.
func (r *rig) start(t *testing.T) *process {
	t.Helper()
	p := r.prepare(t, r.bus)
	p.start()
	return p
}

func (p *process) start() {
	p.t.Helper()
	require.NoError(p.t, p.leases.Load(p.t.Context()))
	require.NoError(p.t, p.executor.Recover(p.t.Context()))
	p.executor.Start()
	p.t.Cleanup(p.kill)
}

// kill ends the process as it stands: calls are cut off, nothing is written.
func (p *process) kill() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p.executor.Stop(ctx)
}

// ask records the action and submits it.
func (p *process) ask(a *actionv1.Action) {
	p.t.Helper()
	r, err := p.ledger.Create(p.t.Context(), a)
	require.NoError(p.t, err)
	require.NoError(p.t, p.executor.Submit(p.t.Context(), r.Action))
}

func (p *process) stateOf(id string) *actionv1.Action {
	p.t.Helper()
	r, err := p.ledger.Get(p.t.Context(), id)
	require.NoError(p.t, err)
	return r.Action
}

// until waits for a condition.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, patience, tick, what)
}

// reaches waits until the action is in the state and returns it.
func (p *process) reaches(id string, state actionv1.State) *actionv1.Action {
	p.t.Helper()
	until(p.t, id+" reaches "+state.String(), func() bool {
		r, err := p.ledger.Get(p.t.Context(), id)
		return err == nil && r.State() == state
	})
	return p.stateOf(id)
}

// messages returns what is on the stream of actions and leases below a prefix.
func (r *rig) messages(t *testing.T, prefix string) []*jetstream.RawStreamMsg {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	stream, err := r.bus.JetStream().Stream(t.Context(), bus.StreamActions)
	require.NoError(t, err)
	for seq := uint64(len(r.read)) + 1; seq <= stream.CachedInfo().State.LastSeq; seq++ {
		msg, err := stream.GetMsg(t.Context(), seq)
		require.NoError(t, err)
		r.read = append(r.read, msg)
	}
	var messages []*jetstream.RawStreamMsg
	for _, msg := range r.read {
		if strings.HasPrefix(msg.Subject, prefix) {
			messages = append(messages, msg)
		}
	}
	return messages
}

// leasesOn returns the last published state of each lease on the alert, in the
// order in which they were taken.
func (r *rig) leasesOn(t *testing.T, alert string) []*actionv1.Lease {
	t.Helper()
	return r.leasesOf(t, "alert:"+alert)
}

// endsBecause waits until the message tells that the first lease of the target ended
// for that reason: it comes after the lease is gone from memory.
func (r *rig) endsBecause(t *testing.T, target, reason string) {
	t.Helper()
	until(t, "the lease ends: "+reason, func() bool { return r.leasesOf(t, target)[0].GetReason() == reason })
}

// leasesOf is leasesOn for any target.
func (r *rig) leasesOf(t *testing.T, target string) []*actionv1.Lease {
	t.Helper()
	var found []*actionv1.Lease
	for _, msg := range r.messages(t, "signalbox.lease.") {
		l, err := bus.DecodeLease(msg.Header, msg.Data)
		require.NoError(t, err)
		if l.GetTarget() != target {
			continue
		}
		same := func(other *actionv1.Lease) bool { return other.GetId() == l.GetId() }
		if i := slices.IndexFunc(found, same); i >= 0 {
			found[i] = l
		} else {
			found = append(found, l)
		}
	}
	return found
}

// leaseIs waits until the only lease on the alert is in the state.
func (r *rig) leaseIs(t *testing.T, alert string, state actionv1.LeaseState) *actionv1.Lease {
	t.Helper()
	var found []*actionv1.Lease
	until(t, "the lease on "+alert+" is "+state.String(), func() bool {
		found = r.leasesOn(t, alert)
		return len(found) == 1 && found[0].GetState() == state
	})
	return found[0]
}

// resumes returns the last published state of each resume of a1.
func (r *rig) resumes(t *testing.T) map[string]*actionv1.Action {
	t.Helper()
	found := map[string]*actionv1.Action{}
	for _, msg := range r.messages(t, "signalbox.action.") {
		a, err := bus.DecodeAction(msg.Header, msg.Data)
		require.NoError(t, err)
		if a.GetResumeAlert().GetAlertId() == "a1" {
			found[a.GetId()] = a
		}
	}
	return found
}

// resumed waits until the only resume of a1 has ended and returns it.
func (r *rig) resumed(t *testing.T) *actionv1.Action {
	t.Helper()
	var last *actionv1.Action
	until(t, "the resume of a1 has ended", func() bool {
		found := r.resumes(t)
		for _, a := range found {
			last = a
		}
		return len(found) == 1 && ledger.IsFinal(last.GetState())
	})
	return last
}

func pauseAlert(id, alert string, until *timestamppb.Timestamp) *actionv1.Action {
	return &actionv1.Action{
		Id: id, Rule: "quiet", Source: "anodot-prod", Target: "alert:" + alert, Type: "pause_alert", ExpiresAt: until,
		Operation: &actionv1.Action_PauseAlert{PauseAlert: &actionv1.PauseAlert{
			AlertId: alert, For: durationpb.New(time.Hour), Until: until,
		}},
	}
}

// ruled returns the action as one of that rule.
func ruled(rule string, a *actionv1.Action) *actionv1.Action {
	a.Rule = rule
	return a
}

func createWatcher(id, name string) *actionv1.Action {
	return &actionv1.Action{
		Id: id, Rule: "watch", Source: "anomify-prod", Target: "watcher:" + name, Type: "create_watcher",
		Operation: &actionv1.Action_CreateWatcher{CreateWatcher: &actionv1.CreateWatcher{
			Name: name, Chips: []string{"shop"}, Alert: true,
		}},
	}
}

func addExclusion(id, value string) *actionv1.Action {
	return &actionv1.Action{
		Id: id, Rule: "exclude", Source: "anomify-prod", Target: "exclusion:" + value, Type: "add_exclusion",
		Operation: &actionv1.Action_AddExclusion{AddExclusion: &actionv1.AddExclusion{Type: "prefix", Value: value}},
	}
}

func publish(id, subject string) *actionv1.Action {
	return &actionv1.Action{
		Id: id, Rule: "tell", Source: "signalbox", Target: "subject:" + subject, Type: "publish",
		Operation: &actionv1.Action_Publish{Publish: &actionv1.Publish{
			Subject: subject, Fields: map[string]string{"text": "hello"},
		}},
	}
}

func marshal(t *testing.T, m proto.Message) []byte {
	t.Helper()
	value, err := proto.Marshal(m)
	require.NoError(t, err)
	return value
}
