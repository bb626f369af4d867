package engine

// Stats are what the engine has done since it was made or restored, and how
// much it holds at the moment. Every event is in one of the other numbers of
// events:
//
//	Events = Duplicates + Late + Matched + Unmatched + HeldBack
//
// A restored engine counts what it holds back as taken.
type Stats struct {
	// Events were taken, duplicates included.
	Events uint64
	// Duplicates had an id that was taken before.
	Duplicates uint64
	// Late events were observed too long after they occurred.
	Late uint64
	// Matched events met the conditions of a rule at least, or made them fail.
	Matched uint64
	// Unmatched events were of interest to no rule; they may be causes.
	Unmatched uint64
	// Early events were judged before their time was over, because too many were
	// held back. They are in Matched or Unmatched besides.
	Early uint64
	// RefusedKeys are keys that a rule could not remember besides those that it
	// does.
	RefusedKeys uint64
	// HeldBack events wait for those that occurred before them.
	HeldBack int
	// Waiting judgements wait for a cause, or for its absence.
	Waiting int
	// Standing matches must stand for a while.
	Standing int
	// Leases are active by the engine's clock.
	Leases int
	// Keys have state: one for each key of each window, clause, cooldown, limit,
	// flapping and hold.
	Keys int
}

// Taken returns how many events were taken, and how many of them were
// duplicates or late: [Engine.Stats] without what takes time to sum up.
func (e *Engine) Taken() (events, duplicates, late uint64) {
	return e.stats.Events, e.stats.Duplicates, e.stats.Late
}

// AppendKeys appends how many keys each rule has state for, in the order of the
// set.
func (e *Engine) AppendKeys(to []int) []int {
	for _, r := range e.rules {
		to = append(to, r.keys())
	}
	return to
}

// Stats returns what the engine has done and holds.
func (e *Engine) Stats() Stats {
	s := e.stats
	s.Waiting, s.HeldBack, s.Leases = e.waiting.number, e.backlog.number, len(e.leases.active)
	for _, r := range e.rules {
		s.Keys += r.keys()
		s.Standing += len(r.holds)
	}
	for _, f := range e.retired {
		s.Keys += f.keys()
	}
	return s
}
