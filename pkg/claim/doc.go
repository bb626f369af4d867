// Package claim lets one of several processes do what only one may do at a time:
// poll a source, decide. Who does it holds a claim, an entry of a bucket that it
// renews; another may take the claim over once it has not changed for a while, by
// the watch of the one who looks at it. Clocks need not agree.
//
// A claim tells a process that has lost it, and one that cannot know whether it
// has: [Claim.IsHeld] is false well before another may take over. What was sent
// before that may still arrive after it, so whoever must never act twice needs a
// fence at the place where it acts besides: compare-and-set, ids that are told
// apart, a sequence that must be the last.
//
// The package decides neither when to look nor what to do with a claim.
package claim
