package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

const (
	readyEvery = 20 * time.Millisecond
	// readyTime bounds one start.
	readyTime = 60 * time.Second
)

// part is one real process that is started again whenever it is killed. It is
// safe for concurrent use.
type part struct {
	name, binary, dir, target, health string
	// isReady is told once the first start has been.
	isReady chan struct{}

	kills   chan time.Time // of kills that wait for their restart
	running sync.WaitGroup
	stop    context.CancelFunc

	mu       sync.Mutex
	process  *process.Process
	isKilled bool // by us, and not started again yet
	isDown   bool // since a kill, until it can work again
	delay    time.Duration
	outages  []judge.Outage
	fault    error // it ended by itself, or did not come back
}

// newPart returns a part that is not started; config is its configuration.
func newPart(dir, name, binary, target, config, health string) (*part, error) {
	p := &part{
		name: name, binary: binary, dir: filepath.Join(dir, name), target: target, health: health,
		isReady: make(chan struct{}), kills: make(chan time.Time, 16), stop: func() {},
	}
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return nil, err
	}
	return p, os.WriteFile(p.config(), []byte(config), 0o600)
}

func (p *part) config() string { return filepath.Join(p.dir, "signalbox.yaml") }

// start runs the process until close, again after each kill.
func (p *part) start(ctx context.Context) {
	ctx, p.stop = context.WithCancel(ctx)
	p.running.Go(func() { p.keep(ctx) })
}

func (p *part) keep(ctx context.Context) {
	since, isFirst := time.Time{}, true
	for ctx.Err() == nil {
		err := p.bring(ctx)
		switch {
		case err == nil && isFirst:
			close(p.isReady)
			isFirst = false
		case err != nil && !p.wasKilled():
			p.fail(err)
			return
		}
		if err == nil && !since.IsZero() {
			p.note(judge.Outage{From: since, To: time.Now()})
			since = time.Time{}
		}
		select {
		case <-ctx.Done():
			return
		case at := <-p.kills:
			if since.IsZero() {
				since = at
			}
			if sleep(ctx, p.pause()) != nil {
				return
			}
		}
	}
}

// bring starts the process and waits until it can do its work.
func (p *part) bring(ctx context.Context) error {
	started, err := process.Start(p.dir, p.name, p.binary, "serve", "--config", p.config(), "--target", p.target)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.process, p.isKilled = started, false
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	return started.AwaitOK(ctx, readyEvery, p.health)
}

// kill ends the process as `kill -9` does and returns when it is gone. One that
// is killed already stays so.
func (p *part) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process == nil || p.isKilled {
		return
	}
	p.isKilled, p.isDown = true, true
	at := time.Now()
	if err := p.process.Kill(); err != nil {
		p.fault = errors.Join(p.fault, err)
		return
	}
	p.kills <- at
}

// resting is how long the next killed process stays dead.
func (p *part) resting(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

func (p *part) pause() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.delay
}

func (p *part) wasKilled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.isKilled
}

func (p *part) note(o judge.Outage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isDown = p.isKilled
	p.outages = append(p.outages, o)
}

func (p *part) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = errors.Join(p.fault, fmt.Errorf("%s did not work: %w", p.name, err))
}

// isUp reports whether the process can work, as far as is known.
func (p *part) isUp() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.isDown
}

// check returns what is wrong with the process beyond what was done to it.
func (p *part) check() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault != nil || p.process == nil || p.isKilled {
		return p.fault
	}
	return p.process.Check()
}

// recoveries are how long it took from each kill until the process could work.
func (p *part) recoveries() []judge.Outage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]judge.Outage{}, p.outages...)
}

// close ends the process for good.
func (p *part) close() error {
	p.stop()
	p.running.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process == nil {
		return nil
	}
	return p.process.Kill()
}
