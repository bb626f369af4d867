// Package core plays the pure core and the acting half of the router together,
// thousands of times: engine, ledger, leases and executor, as they are, on a bus
// and vendors that are kept in memory and go wrong as a seed says. The process
// dies at any write and any call, before or after it happened, stays dead for
// seconds or days, and goes on from its last snapshot.
//
// Each seed lives in a bubble of testing/synctest, in which time jumps: outages
// of days cost nothing. What holds at the end are the words of docs/actions.md:
// every effect that is due is there once, in its order, none before its cause or
// long after its time, nothing stays paused, and every record is at its end.
//
//	go test ./services/signalbox/torture/core                      # 2,000 seeds
//	go test ./services/signalbox/torture/core -args -seeds 5000    # more
//	go test ./services/signalbox/torture/core -args -seed 17       # that one
//
// What goes wrong on one key of the bus or one target of a vendor follows from
// the seed alone. In which order targets come that are worked on at the same
// moment is the scheduler's: a seed that failed may have to be run a few times
// (-count) to fail again.
//
// The package has no code but its tests.
package core
