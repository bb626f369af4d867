package engine

import (
	"cmp"
	"time"

	"github.com/signalbox-io/signalbox/pkg/event"
)

// Settings are what the engine needs besides the rules.
type Settings struct {
	// MaxLateness is how much later than it occurred an event may be observed;
	// exactly as much is accepted.
	MaxLateness time.Duration
	// Reorder is how long an event is held back after its arrival, so that those
	// that arrive within that time are judged ordered by (occurred_at, id); 0
	// judges each event when it arrives.
	Reorder time.Duration
	// Wait is how long a judgement waits for a cause of that kind where the
	// rule does not say; missing means not at all.
	Wait map[event.Kind]time.Duration
	// Safety is what no rule may do; nil refuses nothing.
	Safety *Safety
	// NoVendor tells that nobody tells how leases end, because nothing is done at
	// a vendor: an alert is taken for resumed when its lease is over, and a
	// recorded end of a lease by hand ends whatever lease the target has. A
	// running router hears of both.
	NoVendor bool
	// MaxKeys is how many keys one rule may remember at most; 0 means
	// 1,000,000.
	MaxKeys int
}

// defaultKeys is how many keys a rule may remember where nobody says.
const defaultKeys = 1_000_000

func (s Settings) maxKeys() int { return cmp.Or(max(0, s.MaxKeys), defaultKeys) }

// Safety is what no rule may do, whatever it says.
type Safety struct {
	// MaxPaused is how many alerts of a source may be paused at once.
	MaxPaused Share
	// MaxActionsPerHour is how many actions are asked for in an hour at most, for
	// each source; 0 means any number. Ending a pause is no such action, nor is a
	// notification.
	MaxActionsPerHour int
	// Never names alerts that are never touched.
	Never Never
}

// Share is a number, or a part of what there is. The zero one means any number.
type Share struct {
	// Number, 0 for a part.
	Number int
	// Percent of what is known, rounded down, but at least one; 0 with Number.
	Percent int
}

// Never names alerts that are never touched: one that any of the lists names is
// out. Ids need nothing else; what the other lists say is looked up in the
// source's inventory.
type Never struct {
	// IDs, exactly.
	IDs []string
	// Titles as globs: `*` is any text, `?` any character.
	Titles []string
	// Severities, whether written small or large.
	Severities []string
	// Labels, exactly.
	Labels []string
}
