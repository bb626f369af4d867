// Package engine judges events by rules. Events, the passing of time, inputs
// such as approvals and other sets of rules go in; decisions, the actions they
// ask for and the ends of leases come out. docs/rules.md tells what each clause
// of a rule means.
//
// An event is taken in this order:
//
//	duplicate?   counted, and nothing else
//	given        it becomes a cause where a clause asks for one; judgements
//	             that waited for it are made
//	late?        one LATE decision, and no rule judges it
//	reorder      held back, until those that occurred before it are judged
//	hold.until   matches that it ends
//	each rule    on, when → count → unless → given → flap → hold →
//	             mute → cooldown → limits → safety → mode → actions
//
// Each clause has a file of its own. What comes before mute says whether there is
// a match; what comes after says whether it acts. A judgement may be put off in
// between: it waits for a cause or for its absence (waiting.go), or the match
// stands (hold.go). Timers (agenda.go) go by the engine's clock and are stamped
// with their own time, however late the clock is moved.
//
// The engine keeps a model of the leases that the actions take (leases.go) and of
// the budgets of safety (budget.go): it takes a pause for made, and for as long as
// the rule says, until [Engine.Take] tells otherwise.
//
// The package is pure: no clock, network, file or goroutine. Its clock is moved by
// [Engine.Advance], [Engine.Event] and [Engine.Take] and goes back only where an
// event shows by more than a day that it was ahead (rebase.go), so the same inputs
// give the same outputs byte for byte, however they are batched, wherever a
// [Engine.Snapshot] and a [Restore] come in between, and on however many shards
// ([Merger]).
//
// All state is bounded by time: what no event that is in time can still need
// is forgotten at the next full hour of the clock (expire.go). Besides, the number
// of a rule's keys, of entries for a key, of waiting judgements and of events held
// back, and the bytes of what waits, have limits. So have texts: a key is remembered
// by its digest (package state), and an action with too long texts is an
// error instead of something that fires.
//
// It does not act, publish or store. It does not validate messages either: whoever
// feeds it does, with event.Validate. Bytes ([Engine.Wire]) it validates itself.
package engine
