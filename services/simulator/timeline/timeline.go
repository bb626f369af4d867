// Package timeline plays prepared happenings when their time has come.
//
// It starts no goroutine and knows no vendor: whoever calls [Play] owns it and
// stops it through the context.
package timeline

import (
	"context"
	"time"
)

// Play calls do(i) for i = 0 … n-1 in this order, each when at(i) has come by
// the clock now. It returns after the last one, or with the context's error.
func Play(ctx context.Context, now func() time.Time, n int, at func(i int) time.Time, do func(i int)) error {
	for i := range n {
		if err := wait(ctx, at(i).Sub(now())); err != nil {
			return err
		}
		do(i)
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
