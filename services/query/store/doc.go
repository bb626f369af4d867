// Package store keeps the read model of the query service in a SQLite file:
// events, decisions, actions and leases as the streams tell them, and for each
// stream the checkpoint up to which they are in.
//
// Rows and checkpoint change in one transaction, so the file is right after
// any crash. Nothing in it is original: a file that is damaged or of another
// schema is set aside and an empty one takes its place, which the projection
// fills from the streams.
//
// The package knows rows, not messages: it refuses to decode, to filter and to
// talk to the bus.
package store
