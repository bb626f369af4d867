package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
	"github.com/signalbox-io/signalbox/services/simulator/replay"
)

const (
	// compared is how many leases are alive, comparisons how often they are compared
	// with the vendor, and comparedEvery the time in between.
	compared      = 10_000
	comparisons   = 3
	comparedEvery = 5 * time.Second
	comparingBar  = time.Minute
	listBytes     = 64 << 20
)

// measureComparing lets a router compare its leases with the simulated vendor, and
// counts the calls that the vendor gets for that and their time.
func (b *bench) measureComparing(ctx context.Context) (rows []row, err error) {
	b.say("comparing %d leases with the vendor, %d times", compared, comparisons)
	far, err := b.newLab(ctx, "vendor")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, far.close(ctx)) }()
	vendor, err := far.startVendor(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, vendor.close()) }()
	near, err := b.newLab(ctx, "comparing")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, near.close(ctx)) }()
	if err := near.lease(ctx, vendor); err != nil {
		return nil, err
	}
	return far.comparingRows(ctx, vendor)
}

// startVendor runs the simulated vendor with so many alerts and its adapter. What it
// returns lists them, and pauses them without the vendor's limit of calls a minute:
// through it, ten thousand pauses take an hour.
func (l *lab) startVendor(ctx context.Context) (*pausing, error) {
	if err := l.open(ctx); err != nil {
		return nil, err
	}
	if err := l.replayVerdicts(ctx, compared); err != nil {
		return nil, err
	}
	adapter, err := l.serve("adapter-anodot", l.partConfig(), pauseRules)
	if err != nil {
		return nil, err
	}
	if err := adapter.AwaitOK(ctx, readyEvery, l.readyz()); err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(l.grpc, grpc.WithTransportCredentials(insecureCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(listBytes)))
	if err != nil {
		return nil, fmt.Errorf("connect to the adapter: %w", err)
	}
	vendor, err := startPausing(ctx, conn)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return vendor, nil
}

// lease runs a router that has a lease on each of the alerts.
func (l *lab) lease(ctx context.Context, vendor *pausing) error {
	p, err := l.serve("router", l.actionConfig("1s", vendor.addr, comparedEvery), pauseRules)
	if err != nil {
		return err
	}
	if err := p.AwaitOK(ctx, readyEvery, l.readyz()); err != nil {
		return err
	}
	if err := l.connect(ctx); err != nil {
		return err
	}
	ids := make([]string, compared)
	for i := range ids {
		ids[i] = replay.AlertID(alertName(i))
	}
	if _, err := l.dislikeAll(ctx, vendor, ids); err != nil {
		return err
	}
	return l.settled(ctx, compared)
}

// comparingRows waits for comparisons and tells of what they took.
func (l *lab) comparingRows(ctx context.Context, vendor *pausing) ([]row, error) {
	// A list that was under way when the last lease was taken may not show it: what it
	// makes the router read is no part of the next comparison.
	if _, err := vendor.awaitLists(ctx, 2); err != nil {
		return nil, err
	}
	_, readBefore := vendor.lists()
	before, err := l.metric(ctx, "signalbox_vendor_requests_total")
	if err != nil {
		return nil, err
	}
	took, err := vendor.awaitLists(ctx, comparisons)
	if err != nil {
		return nil, err
	}
	after, err := l.metric(ctx, "signalbox_vendor_requests_total")
	if err != nil {
		return nil, err
	}
	_, readAfter := vendor.lists()
	calls := (after - before + float64(readAfter-readBefore)) / comparisons
	worst := slices.Max(took)
	return []row{
		{what: "comparing 10,000 leases with the vendor, calls", figure: fmt.Sprintf("%.1f", calls)},
		{
			what: "the same, time of its calls, worst of " + strconv.Itoa(comparisons), figure: millisText(worst.Seconds()),
			bar: "< 1 min", isMet: worst < comparingBar,
		},
	}, nil
}

// awaitLists waits until n lists more were asked for and returns how long each took.
func (p *pausing) awaitLists(ctx context.Context, n int) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, manyTime)
	defer cancel()
	before, _ := p.lists()
	var came []time.Duration
	err := process.Until(ctx, readyEvery, "the comparisons", func(context.Context) (bool, string, error) {
		all, _ := p.lists()
		came = all[len(before):]
		return len(came) >= n, fmt.Sprintf("%d of %d", len(came), n), nil
	})
	return came, err
}
