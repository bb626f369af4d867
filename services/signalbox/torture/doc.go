// Command torture breaks Signalbox while it works, and judges what came of it by
// the vendors' own logs.
//
// The router with its executor and the adapters run as real processes, which it
// kills with SIGKILL; the vendors are simulated in this process, and so is the
// NATS server, but for the part on a cluster, whose three nodes are processes
// too. Nothing in the product knows of the harness: what it needs to see it sees
// on the wire, between router and server and between adapter and vendor.
//
// The parts, see docs/reliability.md for what they show:
//
//	steps    a kill at every write and every call of a small story, before and after
//	chaos    kills and faults of vendors at random over a long story
//	cluster  three NATS nodes with R3: killed, emptied, cut off, frozen
//
// Package judge says what is right, wire stands before the bus, vendor before the
// vendors.
package main
