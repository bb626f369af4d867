package lease

import "time"

// Oldest returns how long the oldest active lease has lasted, counted from the
// event that took it; 0 where there is none.
func (k *Keeper) Oldest() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	var oldest time.Duration
	for _, l := range k.active {
		oldest = max(oldest, k.now().Sub(l.GetTakenAt().AsTime()))
	}
	return oldest
}

// Overdue returns how many active leases have been over for longer than grace: what
// they hold should have been undone.
func (k *Keeper) Overdue(grace time.Duration) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	overdue := 0
	for _, l := range k.active {
		if k.now().Sub(l.GetUntil().AsTime()) > grace {
			overdue++
		}
	}
	return overdue
}
