// Package query holds the commands that read a running Signalbox over its
// gRPC query service: events, decisions, actions, leases and sources, as a
// table for people or as JSON lines for programs. It changes nothing there,
// keeps nothing here, and asks again only for the next page.
package query
