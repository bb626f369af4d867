package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/vendor"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/wire"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/anomify"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

// mischief breaks something now and then. It is safe for concurrent use.
type mischief struct {
	box    *box
	server *busserver.Server
	random *rand.Rand // of the one goroutine that plays
	// limits are when an account says that it is called too often.
	limits []time.Time

	mu     sync.Mutex
	done   map[string]int
	armed  *wire.Cut // at the write after so many more
	after  int
	stalls int
}

// trick is one kind of mischief.
type trick struct {
	name   string
	weight int
	play   func(*mischief, context.Context) error
}

func tricks() []trick {
	return []trick{
		{"router killed", 3, func(m *mischief, _ context.Context) error { m.box.router.kill(); return nil }},
		{"router killed before a write", 3, func(m *mischief, _ context.Context) error { m.arm(wire.Before); return nil }},
		{"router killed after a write", 3, func(m *mischief, _ context.Context) error { m.arm(wire.After); return nil }},
		{"adapters killed", 3, func(m *mischief, _ context.Context) error { m.box.adapters.kill(); return nil }},
		{"router and adapters killed", 2, func(m *mischief, _ context.Context) error {
			m.box.adapters.kill()
			m.box.router.kill()
			return nil
		}},
		{"NATS server restarted", 1, (*mischief).restartServer},
		{"vendor answers 500", 2, vendorFault(fault.Status)},
		{"vendor loses the answer", 2, vendorFault(fault.LoseAnswer)},
		{"vendor resets", 2, vendorFault(fault.Reset)},
		{"vendor answers garbage", 1, vendorFault(fault.Garbage)},
		{"vendor's token expires", 1, vendorFault(fault.ExpiredToken)},
		{"vendor times out after applying", 3, func(m *mischief, _ context.Context) error { m.stall(); return nil }},
	}
}

// limitedTime is how long an account that says it is called too often may be
// left alone: every documented limit is per minute, and there are two faults.
const limitedTime = 2*time.Minute + 5*time.Second

// limitRate has the account say that it is called too often, after which effects
// may rightly come a minute later.
func (m *mischief) limitRate(ctx context.Context) error {
	m.done["vendor limits the rate"]++
	now := time.Now()
	m.box.excuses.add(judge.Outage{From: now, To: now.Add(limitedTime)})
	return vendorFault(fault.RateLimit)(m, ctx)
}

// vendorFault makes one vendor misbehave at the next changes, or at the next
// calls of any kind.
func vendorFault(kind fault.Kind) func(*mischief, context.Context) error {
	return func(m *mischief, _ context.Context) error {
		f := fault.Fault{Vendor: anodot.Name, Kind: kind, Count: 1 + m.random.IntN(2)}
		if m.random.IntN(3) == 0 && kind != fault.ExpiredToken {
			f.Vendor = anomify.Name
		}
		if m.random.IntN(2) == 0 {
			f.Method = http.MethodPost
		}
		return m.box.vendors.Simulator.SetFault(f)
	}
}

// restartServer takes the bus away for a moment.
func (m *mischief) restartServer(ctx context.Context) error {
	since := time.Now()
	if err := m.server.Stop(ctx); err != nil {
		return err
	}
	if err := sleep(ctx, time.Duration(m.random.Int64N(int64(2*time.Second)))); err != nil {
		return err
	}
	if err := m.server.Start(ctx); err != nil {
		return err
	}
	m.box.excuses.add(judge.Outage{From: since, To: time.Now()})
	return nil
}

func (m *mischief) arm(where wire.Cut) {
	n := m.random.IntN(8)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.armed, m.after = &where, n
}

func (m *mischief) stall() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stalls++
}

// watchWrite lets an armed cut happen.
func (m *mischief) watchWrite(wire.Write) wire.Cut {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.armed == nil {
		return wire.Pass
	}
	if m.after > 0 {
		m.after--
		return wire.Pass
	}
	where := *m.armed
	m.armed = nil
	return where
}

// watchCall lets a change happen whose answer never comes.
func (m *mischief) watchCall(call vendor.Call) vendor.Cut {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stalls == 0 || call.Method != http.MethodPost {
		return vendor.Pass
	}
	m.stalls--
	return vendor.Stall
}

// play breaks things until the end.
func (m *mischief) play(ctx context.Context, end time.Time, between time.Duration) error {
	list, sum := tricks(), 0
	for _, t := range list {
		sum += t.weight
	}
	for {
		wait := between/2 + time.Duration(m.random.Int64N(int64(between)))
		if time.Now().Add(wait).After(end) {
			return nil
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		if len(m.limits) > 0 && time.Now().After(m.limits[0]) {
			m.limits = m.limits[1:]
			if err := m.limitRate(ctx); err != nil {
				return err
			}
		}
		m.box.router.resting(time.Duration(m.random.Int64N(int64(between / 2))))
		m.box.adapters.resting(time.Duration(m.random.Int64N(int64(between / 2))))
		n := m.random.IntN(sum)
		for _, t := range list {
			if n -= t.weight; n >= 0 {
				continue
			}
			if err := t.play(m, ctx); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			m.done[t.name]++
			break
		}
	}
}
