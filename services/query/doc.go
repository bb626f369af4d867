// Package query answers what happened and why. It serves
// signalbox.query.v1 over gRPC and the same reads as REST/JSON, from a read
// model (package store) that is projected from the streams (package project).
//
// Lists are newest first and walk by keyset, so a page is stable while records
// arrive. A filter is evaluated over the rows, and the work of one call is
// bounded: a call whose filter matches little ends with what it has found and
// a token to go on with. Watching is live only: an event is told after it is
// in the read model, and a watcher that does not keep up is ended instead of
// waited for.
//
// The package changes nothing at a vendor and publishes nothing. It refuses
// what it does not know: a parameter, a field of a filter, a token that was
// given for another list.
package query
