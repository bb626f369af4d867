// Package lease keeps the leases: pauses with an end.
//
// A lease belongs to one target of one source. Its holders are the actions
// that wanted the target paused, of each rule the longest; it lasts until the
// last of them is over. Each lease is one value of the bucket SIGNALBOX_LEASES,
// changed by compare-and-set, and each change is published on
// SIGNALBOX_ACTIONS, later if that does not take it at once. A lease
// is ACTIVE until it is ENDED (the target was resumed) or OVERRIDDEN (somebody
// resumed it by hand); the next pause of the target takes a lease of its own.
//
// One goroutine waits for the ends ([Keeper.Run]) and tells of each once. After
// a restart [Keeper.Load] brings every active lease back, and those whose end
// has passed meanwhile are told of at once.
//
// The package calls no vendor: it neither pauses nor resumes.
package lease
