package disk

import (
	"context"
	"math/rand/v2"
	"time"
)

// How long a slow disk holds writes, and lets them through between.
const (
	shortestHold, longestHold = 50 * time.Millisecond, 400 * time.Millisecond
	shortestRun, longestRun   = 5 * time.Millisecond, 50 * time.Millisecond
)

// Slow makes the disk slow until ctx ends: again and again every write waits for
// 50 to 400 ms, then a few come through. The process that writes goes on
// meanwhile, as it does before a disk that is overloaded. It returns with the disk
// thawed, or why it could not be.
func (d *Disk) Slow(ctx context.Context, random *rand.Rand) error {
	for isOn := true; isOn; {
		if err := d.Freeze(); err != nil {
			return err
		}
		isOn = wait(ctx, random, shortestHold, longestHold)
		if err := d.Thaw(); err != nil {
			return err
		}
		isOn = isOn && wait(ctx, random, shortestRun, longestRun)
	}
	return nil
}

// wait waits for a random time, and reports whether ctx has not ended.
func wait(ctx context.Context, random *rand.Rand, shortest, longest time.Duration) bool {
	timer := time.NewTimer(shortest + time.Duration(random.Int64N(int64(longest-shortest))))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
