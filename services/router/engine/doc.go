// Package engine judges events by rules. Events and the passing of time go
// in, decisions and the actions they ask for come out; docs/rules.md tells
// what each clause of a rule means.
//
// An event is taken in this order:
//
//	duplicate?  counted, and nothing else
//	given       it becomes a cause where a clause asks for one; judgements
//	            that waited for it are made
//	late?       one LATE decision, and no rule judges it
//	each rule   on, when → count → given → cooldown → mode → actions
//
// The package is pure: no clock, network, file or goroutine. Its clock is
// moved by [Engine.Advance] and [Engine.Event] and goes back only where an event
// shows by more than a day that it was ahead (rebase.go), so the same inputs
// give the same outputs byte for byte, however they are batched and wherever a
// [Engine.Snapshot] and a [Restore] come in between.
//
// All state is bounded by time: what no event that is in time can still need
// is forgotten at the next full hour of the clock (expire.go), and the number
// of entries for a key and of waiting judgements has a limit besides. So have
// its texts: a long key is remembered by its digest, and an action with too long
// texts is an error instead of something that fires.
//
// It does not act, publish or store; it does not validate events either:
// whoever feeds it does, with event.Validate.
package engine
