package replay

import (
	"time"
)

// Clock maps data time to wall time.
type Clock struct {
	// DataStart is the data time that happens at WallStart.
	DataStart time.Time
	WallStart time.Time
	// Speed is how many seconds of data pass in one second. It is positive.
	Speed float64
}

// Wall returns when a moment of the data happens again. Vendors that stamp in
// whole seconds show it cut to the second, see [Clock.WallSeconds].
func (c Clock) Wall(t time.Time) time.Time {
	since := float64(t.Sub(c.DataStart)) / c.Speed
	return c.WallStart.Add(time.Duration(since))
}

// WallSeconds is [Clock.Wall] as Anodot and Anomify stamp it: in epoch
// seconds.
func (c Clock) WallSeconds(t time.Time) int64 {
	return c.Wall(t).Unix()
}
