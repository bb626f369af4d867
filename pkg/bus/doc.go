// Package bus is Signalbox's contract with NATS JetStream: subjects, streams,
// buckets, and CloudEvents in NATS binary mode.
//
// A [Bus] owns one connection. Start waits for the server, creates what is
// missing and never changes what an operator has changed. Streams that are
// full refuse new messages; nothing is discarded before its retention.
// Publishing carries a deterministic message id, so publishing again after an
// error is harmless.
//
// The package refuses to decide anything: it does not know rules, vendors or
// stores, and it never drops a message silently.
package bus
