package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

const (
	// currentTime bounds the wait until every copy is whole again.
	currentTime = 90 * time.Second
	// electionTime is what a cluster may take, once its nodes see each other
	// again, to have a leader of everything.
	electionTime = 15 * time.Second
)

// trouble is one thing that goes wrong with the cluster for a while.
type trouble struct {
	name string
	// stream is whose leader it happens to.
	stream string
	length time.Duration
	begin  func(*nodes, *node, *box) error
	end    func(*nodes, *node, *box) error
}

func killNode(_ *nodes, n *node, _ *box) error { return n.process.Kill() }

// loseNode kills the node and takes its disk away.
func loseNode(c *nodes, n *node, b *box) error {
	if err := killNode(c, n, b); err != nil {
		return err
	}
	return os.RemoveAll(n.args.store)
}

func startNode(c *nodes, n *node, _ *box) error { return c.start(n) }

// slowDisk is the trouble for which the nodes have disks of their own.
const slowDisk = "leader of the ledger on a slow disk"

func troubles() []trouble {
	ledger := "KV_" + bus.BucketLedger
	return []trouble{
		{"leader of the ledger killed", ledger, 5 * time.Second, killNode, startNode},
		{"leader of the events killed, and the router", bus.StreamEvents, 5 * time.Second, func(c *nodes, n *node, b *box) error {
			b.router.kill()
			return killNode(c, n, b)
		}, startNode},
		{"leader of the leases lost with its disk", "KV_" + bus.BucketLeases, 5 * time.Second, loseNode, startNode},
		{
			"leader of the ledger lost with its disk, and the router killed when it is back", ledger, 5 * time.Second, loseNode,
			func(c *nodes, n *node, b *box) error {
				err := c.start(n)
				b.router.kill()
				return err
			},
		},
		{
			"leader of the ledger cut off from the others", ledger, 15 * time.Second,
			func(_ *nodes, n *node, _ *box) error { n.cutOff(); return nil },
			func(_ *nodes, n *node, _ *box) error { n.rejoin(); return nil },
		},
		{
			"leader of the actions frozen", bus.StreamActions, 12 * time.Second,
			func(_ *nodes, n *node, _ *box) error { return n.freeze() },
			func(_ *nodes, n *node, _ *box) error { return n.thaw() },
		},
		{
			slowDisk, ledger, 10 * time.Second,
			func(_ *nodes, n *node, _ *box) error { return n.slowDown() },
			func(_ *nodes, n *node, _ *box) error { return n.speedUp() },
		},
		{
			"leader of the events on a slow disk", bus.StreamEvents, 10 * time.Second,
			func(_ *nodes, n *node, _ *box) error { return n.slowDown() },
			func(_ *nodes, n *node, _ *box) error { return n.speedUp() },
		},
	}
}

// happens lets the trouble happen, waits until every copy is whole again, and
// returns what that took from the end of the trouble, and how long at most the bus
// took no event.
func (t trouble) happens(ctx context.Context, c *nodes, b *box) (whole, stalled time.Duration, err error) {
	leader, err := leaderOf(ctx, b.bus, t.stream)
	if err != nil {
		return 0, 0, err
	}
	n, since := c.named(leader), time.Now()
	b.slowest.take()
	if err := t.begin(c, n, b); err != nil {
		return 0, 0, fmt.Errorf("%s: %w", t.name, err)
	}
	if err := sleep(ctx, t.length); err != nil {
		return 0, 0, err
	}
	if err := t.end(c, n, b); err != nil {
		return 0, 0, fmt.Errorf("end of %s: %w", t.name, err)
	}
	over := time.Now()
	err = whenCurrent(ctx, b.bus)
	b.excuses.add(judge.Outage{From: since, To: over.Add(electionTime)})
	whole = time.Since(over)
	return whole, b.slowest.take(), errors.Join(err, b.whenUp(ctx))
}

// whenUp waits until what was killed can work again, so that one trouble is not
// taken for another.
func (b *box) whenUp(ctx context.Context) error {
	for !b.router.isUp() || !b.adapters.isUp() {
		if err := errors.Join(b.check(), sleep(ctx, lookEvery)); err != nil {
			return fmt.Errorf("wait until everything is up again: %w", err)
		}
	}
	return nil
}

func leaderOf(ctx context.Context, b *bus.Bus, stream string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, electionTime)
	defer cancel()
	for {
		s, err := b.JetStream().Stream(ctx, stream)
		if err == nil && s.CachedInfo().Cluster != nil && s.CachedInfo().Cluster.Leader != "" {
			return s.CachedInfo().Cluster.Leader, nil
		}
		if sleep(ctx, readyEvery) != nil {
			return "", fmt.Errorf("find the leader of %s: %w", stream, ctx.Err())
		}
	}
}

// whenCurrent waits until every stream has a leader and all its copies.
func whenCurrent(ctx context.Context, b *bus.Bus) error {
	ctx, cancel := context.WithTimeout(ctx, currentTime)
	defer cancel()
	for {
		lacking := lacking(ctx, b)
		if lacking == "" {
			return nil
		}
		if sleep(ctx, lookEvery) != nil {
			return fmt.Errorf("wait until every copy is whole: %s: %w", lacking, ctx.Err())
		}
	}
}

// lacking names a stream that lacks a copy, "" if none does.
func lacking(ctx context.Context, b *bus.Bus) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	streams, seen := b.JetStream().ListStreams(ctx), 0
	for info := range streams.Info() {
		seen++
		if reason := lacks(info); reason != "" {
			return info.Config.Name + " " + reason
		}
	}
	if err := streams.Err(); err != nil {
		return err.Error()
	}
	if seen == 0 {
		return "there is no stream"
	}
	return ""
}

func lacks(info *jetstream.StreamInfo) string {
	switch {
	case info.Config.Replicas != copies:
		return fmt.Sprintf("is kept in %d copies and not in %d", info.Config.Replicas, copies)
	case info.Config.AllowDirect && isRecord(info.Config.Name):
		return "lets copies answer that lag"
	case info.Cluster == nil || info.Cluster.Leader == "":
		return "has no leader"
	case len(info.Cluster.Replicas) != copies-1:
		return fmt.Sprintf("has %d followers", len(info.Cluster.Replicas))
	}
	for _, peer := range info.Cluster.Replicas {
		if !peer.Current || peer.Offline {
			return "waits for " + peer.Name
		}
	}
	return ""
}

// isRecord reports whether single records are read from the stream.
func isRecord(stream string) bool {
	return strings.HasPrefix(stream, "KV_") || strings.HasPrefix(stream, "OBJ_") || stream == bus.StreamInputs
}
