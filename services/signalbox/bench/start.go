package main

import (
	"context"
	"errors"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

const (
	readyBar = time.Second
	idleBar  = 120e6
	// idleTime is how long a process has had nothing to do when its memory is
	// read.
	idleTime = 10 * time.Second
)

// started is what one start showed.
type started struct {
	took time.Duration
	rss  int64 // 0 where it was not read
}

// measureStart starts a bare NATS server and the whole of Signalbox, on fresh
// folders, and reads the idle memory of the last one of each.
func (b *bench) measureStart(ctx context.Context) ([]row, error) {
	b.say("starting %d times", b.rounds)
	var floors, figures []float64
	var floorRSS, figureRSS int64
	for i := range b.rounds {
		isLast := i == b.rounds-1
		floor, err := b.startOnce(ctx, isLast, startBare)
		if err != nil {
			return nil, err
		}
		figure, err := b.startOnce(ctx, isLast, startWhole)
		if err != nil {
			return nil, err
		}
		floors, figures = append(floors, floor.took.Seconds()), append(figures, figure.took.Seconds())
		floorRSS, figureRSS = floor.rss, figure.rss
	}
	floor, figure := median(floors), median(figures)
	return []row{
		{
			what: "start to ready", floor: millisText(floor), figure: millisText(figure), ratio: times(figure, floor),
			bar: "< 1 s", isMet: figure < readyBar.Seconds(),
		},
		{
			what: "idle memory (RSS)", floor: bytesText(float64(floorRSS)), figure: bytesText(float64(figureRSS)),
			ratio: times(float64(figureRSS), float64(floorRSS)), bar: "< 120 MB", isMet: float64(figureRSS) < idleBar,
		},
	}, nil
}

// starter starts a process and waits until it is ready.
type starter func(context.Context, *lab) (*process.Process, error)

func (b *bench) startOnce(ctx context.Context, withMemory bool, start starter) (result started, err error) {
	l, err := b.newLab(ctx, "start")
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, l.close(ctx)) }()
	if _, err := l.startVendors(ctx, "--scenario", "none"); err != nil {
		return result, err
	}
	began := time.Now()
	p, err := start(ctx, l)
	if err != nil {
		return result, err
	}
	result.took = time.Since(began)
	if !withMemory {
		return result, nil
	}
	if err := sleep(ctx, idleTime); err != nil {
		return result, err
	}
	result.rss, err = process.RSS(p.PID())
	return result, err
}

func startBare(ctx context.Context, l *lab) (*process.Process, error) { return l.startFloor(ctx) }

func startWhole(ctx context.Context, l *lab) (*process.Process, error) {
	p, err := l.serve("all", l.wholeConfig(), pauseRules)
	if err != nil {
		return nil, err
	}
	return p, p.AwaitOK(ctx, readyEvery, l.readyz())
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
