package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

const (
	answerEvery = 50 * time.Millisecond
	stopTime    = 12 * time.Second
)

// box is the two processes and where they listen.
type box struct {
	binary, dir, config string
	at                  addresses
	vendors, signalbox  *process.Process
}

// startVendors serves the slice.
func (b *box) startVendors(ctx context.Context, data string, part slice) error {
	vendors, err := process.Start(b.dir, "simulate", b.binary, "simulate", "--listen", b.at.simulator,
		"--replay", data, "--speed", strconv.FormatFloat(part.speed, 'g', -1, 64),
		"--start", part.start.Format(time.RFC3339Nano),
		"--detectors", interval(part.detectors), "--site", interval(part.site))
	if err != nil {
		return err
	}
	b.vendors = vendors
	return vendors.AwaitOK(ctx, answerEvery, "http://"+b.at.simulator+"/control/healthz")
}

// startSignalbox runs every target.
func (b *box) startSignalbox(ctx context.Context) error {
	signalbox, err := process.Start(b.dir, "serve", b.binary, "serve", "--config", b.config)
	if err != nil {
		return err
	}
	b.signalbox = signalbox
	return signalbox.AwaitOK(ctx, answerEvery, "http://"+b.at.http+"/readyz")
}

// check returns an error if one of the processes has ended.
func (b *box) check() error { return errors.Join(b.vendors.Check(), b.signalbox.Check()) }

// stop asks both to stop. What it returns is a finding too: serve has to drain
// in time.
func (b *box) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	var faults []error
	for _, p := range []*process.Process{b.signalbox, b.vendors} {
		if p != nil {
			faults = append(faults, p.Stop(ctx))
		}
	}
	return errors.Join(faults...)
}

// excesses returns how often a vendor's documented rate limit was exceeded.
func (b *box) excesses(ctx context.Context) ([]string, error) {
	_, body, err := process.Get(ctx, "http://"+b.at.simulator+"/control/excesses")
	if err != nil {
		return nil, err
	}
	var answer struct {
		Excesses []struct {
			Vendor         string `json:"vendor"`
			Class          string `json:"class"`
			LimitPerMinute int    `json:"limit_per_minute"`
		} `json:"excesses"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("read the simulator's excesses: %w", err)
	}
	found := make([]string, 0, len(answer.Excesses))
	for _, e := range answer.Excesses {
		found = append(found, fmt.Sprintf("%s was called beyond its limit of %d calls a minute (%s)", e.Vendor, e.LimitPerMinute, e.Class))
	}
	return found, nil
}
