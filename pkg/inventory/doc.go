// Package inventory keeps what is known of the alerts of each source in a bucket
// of the bus: the poller of the source writes it, the router and the query service
// read it, so that the vendor is asked once. It asks no vendor and judges nothing.
//
// Each alert is an entry of its own, under its source and id; an entry under the
// source alone tells how the alerts were last read. That one is written last: who
// sees it change finds all of that reading. A process that is killed in between
// leaves a mixture of two readings, each alert as it was at one of them, and the
// next reading mends it.
package inventory
