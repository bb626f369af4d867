// Package lease keeps the leases: effects with an end. A pause has one, and so has
// what is made for a while and deleted again.
//
// A lease belongs to one target of one source. Its holders are the actions that
// wanted the effect, of each rule the longest; it lasts until the last of them is
// over. Each lease is one value of the bucket SIGNALBOX_LEASES, changed by
// compare-and-set, and each change is published on SIGNALBOX_ACTIONS, later if
// that does not take it at once. A lease is ACTIVE until it is ENDED (its effect
// was undone) or OVERRIDDEN (somebody undid it by hand); the next action on the
// target takes a lease of its own.
//
// One goroutine waits for the ends ([Keeper.Run]) and tells of each once. After
// a restart [Keeper.Load] brings every active lease back, and those whose end
// has passed meanwhile are told of at once.
//
// The package calls no vendor: it neither makes an effect nor undoes one.
package lease
