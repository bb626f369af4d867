package poll

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Config is when and how far a source is polled.
type Config struct {
	// Source is the name of the configured source, and the key of its cursor.
	Source string
	// Vendor of the source.
	Vendor eventv1.Vendor
	// Every is the time between the starts of two polls while the vendor's budget
	// allows it.
	Every time.Duration
	// Slowest is the longest time between the starts of two polls while the vendor's
	// budget does not allow more; never shorter than Every. Defaults to four times it.
	Slowest time.Duration
	// LookBack is how far back the first poll reads.
	LookBack time.Duration
	// Overlap is how far behind the cursor each poll reads again, at least 1s:
	// for records that reach the vendor late and for vendors that do not say
	// whether a window's ends belong to it.
	Overlap time.Duration
	// MaxWindow is the longest window fetched at once; a longer one is fetched
	// and published piece by piece, oldest first. Zero never splits, for
	// sources that answer the present whatever the window.
	MaxWindow time.Duration
	// FollowOpen is how long windows reach back to things that were open when
	// last seen, so that their closing is seen although they began before the
	// overlap. Zero does not follow.
	FollowOpen time.Duration
	// HasPast says that the vendor answers for a window of the past, so that it
	// can be read again.
	HasPast bool
	// FetchTimeout is the longest time of one Fetch. Defaults to 10m.
	FetchTimeout time.Duration
	// BusTimeout is the longest time of one attempt at the bus. Defaults to
	// 10s.
	BusTimeout time.Duration
	// MaxSeen is how many ids the cursor may carry; more fail the poll.
	// Defaults to 20000, which stays below a NATS server's default message
	// limit of 1 MiB.
	MaxSeen int
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Rand gives jitter, from 0 to below 1. Defaults to rand.Float64.
	Rand func() float64
}

const (
	defaultFetchTimeout = 10 * time.Minute
	defaultBusTimeout   = 10 * time.Second
	defaultMaxSeen      = 20_000
	defaultSlowest      = 4 // times Every
)

func (c Config) withDefaults() Config {
	c.FetchTimeout = cmp.Or(c.FetchTimeout, defaultFetchTimeout)
	c.BusTimeout = cmp.Or(c.BusTimeout, defaultBusTimeout)
	c.Slowest = max(cmp.Or(c.Slowest, defaultSlowest*c.Every), c.Every)
	c.MaxSeen = cmp.Or(c.MaxSeen, defaultMaxSeen)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	return c
}

func (c Config) validate() error {
	var faults []error
	if !event.IsSourceName(c.Source) {
		faults = append(faults, fmt.Errorf("source %q: a name has the form [a-z][a-z0-9-]*", c.Source))
	}
	if c.Every <= 0 {
		faults = append(faults, fmt.Errorf("poll.every: %s is not positive", c.Every))
	}
	if c.LookBack < 0 {
		faults = append(faults, fmt.Errorf("poll.look_back: %s is negative", c.LookBack))
	}
	if c.Overlap < time.Second {
		faults = append(faults, fmt.Errorf("poll.overlap: %s is below 1s", c.Overlap))
	}
	if c.MaxWindow < 0 || c.MaxWindow > 0 && c.MaxWindow < minWindow {
		faults = append(faults, fmt.Errorf("longest window: %s is below %s", c.MaxWindow, minWindow))
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("poll source %q: %w", c.Source, errors.Join(faults...))
}
