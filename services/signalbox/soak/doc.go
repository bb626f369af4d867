// Package soak runs every adapter and every poller for hours against the
// simulated vendors while these misbehave in every way they can, and holds
// what reached the stream against what happened at the vendors:
//
//   - Every fact (a verdict, the opening and the end of a firing or an anomaly,
//     a row of a report) is on the stream exactly once. The stream is told
//     to forget ids early, so that the pollers keep it so.
//   - A count that grows (Anura's day and each row of its tables, Analytics' pages,
//     a data stream's total) never goes back, and its last value is there.
//   - No vendor's rate limit is exceeded once, over restarts and kills too.
//   - No log, trace, metric, readiness or event shows a credential, and no log a
//     panic.
//   - Neither goroutines nor memory grow from the beginning to the end.
//
// Anodot's firings are polled, pushed to two webhook channels, or both. Processes
// are stopped as an operator does, or killed: all by which one reaches the world
// is cut amid a write, and the next one begins with what the disk held then.
//
// The hours are simulated: everything (vendors, adapters, pollers, the NATS
// server and what they say to each other) lives in one bubble of
// testing/synctest, in which time jumps to the next timer whenever all wait. So
// nothing of the product is scaled: polls are a minute apart, budgets count over
// sixty seconds, claims are renewed every two. Connections are pipes, because a
// socket would keep the time from jumping.
//
// `go test` runs one hour, in which each kind of fault comes. The whole soak is
//
//	make soak
//
// The package has no code but its tests.
package soak
