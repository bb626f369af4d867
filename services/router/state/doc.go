// Package state remembers what rules have seen: which events met a key and
// when, and which things were met at all. It is made for a million keys of one
// or two events each.
//
// A [Table] holds the events of each key in the order of (time, id): counting
// windows, causes, firings of a cooldown or of a limit. A [Memory] holds things
// that must not be met twice. Both go by a clock that their owner moves with
// Tick, hour by hour. What is visible depends on that clock alone: an event is
// gone at the first hour at which its age exceeds the horizon, whenever its
// memory is freed.
//
// # How it is kept
//
// A key is 128 bits of SHA-256: its length costs nothing, nobody can make two
// texts meet, and each process and machine orders keys alike. Keys stand in
// leaves of at most 4096, below one sorted list of the leaves' first keys. As
// digests spread evenly, a key's place in a leaf follows from its share of the
// leaf's range: it stands there or a few places behind (row.go), so that finding
// it reads one or two lines of memory. Whoever chooses keys that lie close makes
// their leaf slower, up to a search through it, and no other. Keys are in order,
// so a snapshot is one pass without sorting; and whatever grows, shrinks, splits
// or joins is one leaf, in less than a millisecond.
//
// The last event of a key stands beside the key, in the same line of memory: most
// keys have no other, and most questions are about it. Those before it stand next
// to each other in a block of the leaf's pool (block.go), which is another line of
// memory and is left alone where it can be: waiting for memory is most of what a
// key costs. An event takes 32 bytes:
// seconds and nanoseconds (every time that a timestamp can hold), the hour from
// which its age counts, and its id, of which the usual 26 characters are packed so
// that they keep their order. Other ids, and tags, lie in the pool's text. Nothing
// in a leaf is a pointer, so the collector passes over it.
//
// # How it is forgotten
//
// What is over of a key is dropped when the key is next touched, and each Tick
// visits one leaf in thirty-two, drops what is over there, gives back what
// they do not need and joins small ones. So memory is freed within thirty-two ticks
// without a long pause; a table all of whose keys are over is dropped at once.
// How many keys are visible is counted by hours (ages.go) and exact at each
// moment, because the bound on keys must not depend on what was freed.
//
// It does not decide what the horizons and bounds are, and it knows no rule. Its
// benchmarks print what an event and a key cost:
//
//	go test -run - -bench . ./services/router/state
package state
