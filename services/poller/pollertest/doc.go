// Package pollertest is the test bench of the vendors' pollers: golden files of
// what answers become, a clock that is moved by hand, and the whole chain from
// a vendor over HTTP and an adapter over gRPC to events on a real stream. It
// knows no vendor and is imported by tests only.
package pollertest
