// Package poll reads a source again and again and puts what is new on the
// bus: the loop, its cursor and its publishing. It knows no vendor; a
// [Fetcher] turns a window of time into events.
//
// One round goes: read the cursor, fetch the window that begins an overlap
// behind it, drop the events the cursor has seen, add the configured labels,
// publish, wait for every acknowledgement, and only then move the cursor by
// compare-and-set. Whatever crashes in between, the next round reads the same
// window again and arrives at the same ids.
//
// Guarantees:
//
//   - Nothing is lost: the cursor moves after the acknowledgements. While the
//     bus is away a round waits for it; it never goes on without it.
//   - What the stream loses is read again: the cursor knows how far the stream
//     reached, and goes back where it reaches less far.
//   - Nothing is doubled: the cursor carries the ids that the next window may
//     return again, however long the poller was away, and the stream refuses
//     ids it has stored within its own window. Of two pollers on one source
//     one moves the cursor, the other reads it again and finds everything seen.
//   - A change is told once: the cursor carries how each open thing stood, and an event
//     that tells how it stands is published where that differs.
//   - A source is polled each Config.Every while the vendor's budget allows it, and less
//     often only while it does not.
//   - One process polls a source, however many run: it has the source's claim
//     in a bucket of the bus, which it renews every two seconds. Another takes
//     it over when it is given back, at once, or when it has not changed for
//     six seconds by that other one's own watch.
//   - A bad record stops nothing: it becomes a dead letter, its neighbours
//     pass, the cursor moves on. A bad answer fails the poll: the cursor stays
//     and the next poll comes.
//
// The package refuses to judge events: severity, lateness and rules are not
// its business, and it never changes what a vendor said.
package poll
