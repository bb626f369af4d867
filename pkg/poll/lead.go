package poll

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// renewEvery is how often the holder of a claim says that it lives.
	renewEvery = 2 * time.Second
	// staleAfter is how long a claim must not have changed to be taken over. Two
	// that poll for a moment do no harm: the cursor moves by compare-and-set, and
	// what both read has the same ids. The claim spares the vendor's budget.
	staleAfter = 6 * time.Second
	// lookEvery is how often one who stands by looks.
	lookEvery = time.Second
)

// run polls while this process has the claim, and stands by while another has.
func (l *Loop) run(ctx context.Context) {
	for l.win(ctx) {
		l.lead(ctx)
	}
}

// standby is what one remembers who stands by.
type standby struct {
	isTold bool
	tries  int       // at a bus that is away
	looked time.Time // at the cursor
}

// win stands by until the claim is ours; false when ctx ended first.
func (l *Loop) win(ctx context.Context) bool {
	for s := (standby{}); ; {
		isOurs, err := l.claim.Take(ctx)
		switch {
		case ctx.Err() != nil:
			if isOurs {
				l.claim.Release(ctx)
			}
			return false
		case isOurs:
			if s.isTold {
				l.logger.InfoContext(ctx, "this process polls the source now")
			}
			return true
		}
		if !wait(ctx, l.standBy(ctx, &s, err)) {
			return false
		}
	}
}

// standBy returns how long to wait before looking again; err is that of the
// bus, nil where another process has the claim.
func (l *Loop) standBy(ctx context.Context, s *standby, err error) time.Duration {
	if err != nil {
		l.awaitBus(ctx, s.tries, err)
		s.tries++
		return l.backoff(s.tries)
	}
	if !s.isTold {
		l.logger.InfoContext(ctx, "another process polls the source, standing by")
		s.isTold = true
	}
	s.tries = 0
	l.deps.Health.OK()
	s.looked = l.look(ctx, s.looked)
	return lookEvery + time.Duration(l.cfg.Rand()*float64(lookEvery)/2)
}

// look reads from time to time how far the other one is: how fresh the source
// is, is the same for all.
func (l *Loop) look(ctx context.Context, last time.Time) time.Time {
	if time.Since(last) < l.cfg.Every {
		return last
	}
	err := l.attempt(ctx, func(ctx context.Context) error {
		cur, err := loadCursor(ctx, l.deps.Bus.Cursors(), l.cfg.Source)
		if err == nil {
			l.state.moved(cur)
		}
		return err
	})
	if err != nil {
		l.logger.DebugContext(ctx, "cursor not read while standing by", slog.Any("error", err))
	}
	return time.Now()
}

// lead polls until the claim is lost or ctx ends, and gives the claim back.
func (l *Loop) lead(ctx context.Context) {
	active := l.deps.Metrics.active.WithLabelValues(l.cfg.Source)
	active.Set(1)
	defer active.Set(0)
	defer l.deps.Metrics.forgetAlerts(l.cfg.Source)
	leading, lose := context.WithCancel(ctx)
	var keeping sync.WaitGroup
	isOurs := true
	keeping.Go(func() {
		defer lose()
		isOurs = l.keep(leading)
	})
	l.poll(leading)
	lose()
	keeping.Wait()
	if isOurs {
		l.claim.Release(ctx)
		return
	}
	l.logger.WarnContext(ctx, "another process has taken over the source, standing by")
}

// keep renews the claim until ctx ends; false when it is another's. While the
// bus is away nobody can take over, so nothing is given up.
func (l *Loop) keep(ctx context.Context) bool {
	for wait(ctx, renewEvery) {
		isOurs, err := l.claim.Renew(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			l.logger.DebugContext(ctx, "claim not renewed", slog.Any("error", err))
		case !isOurs:
			return false
		}
	}
	return true
}

func (l *Loop) poll(ctx context.Context) {
	current := pace{interval: l.cfg.Every}
	for failures := 0; ; {
		began := l.cfg.Now()
		result, err := l.RunOnce(ctx)
		if err == nil {
			failures = 0
		} else {
			failures++
		}
		current = l.after(current, result, err)
		l.tellPace(ctx, &current)
		took := l.cfg.Now().Sub(began)
		pause := l.pause(current.interval, err, failures, took)
		l.deps.Metrics.interval.WithLabelValues(l.cfg.Source).Set(max(current.interval, took+pause).Seconds())
		if !wait(ctx, pause) {
			return
		}
	}
}
