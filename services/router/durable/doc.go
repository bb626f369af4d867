// Package durable has what the ledger and the leases share: a bucket that is
// read whole, and the messages that follow what a bucket holds.
//
// A state is written to the bucket first and published then. An [Announcer]
// publishes it, at once or as soon as the stream takes it, and keeps a mark in
// the bucket: every final state up to that revision is on the stream. A process
// that starts publishes the states beyond the mark again, so that none is lost
// however long the stream refused it; the message id tells a second one.
//
// The package does not know what a record or its state means.
package durable
