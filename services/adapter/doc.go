// Package adapter is what the five vendors' adapters share: the accounts of a
// process by source name, the way from a vendor's failure to a gRPC status,
// and what an account says about itself to the health registry.
//
// An adapter is the only holder of an account's credential and rate budget, so
// every process's reads and effects go through it. It keeps no data, decides
// nothing and repeats no effect: whether a pause of unknown outcome is tried
// again is the router's business, which keeps the ledger.
//
// Budgets where the vendor documents none are this project's own, chosen well
// below what a person at a browser would cause; each stands in its vendor's
// client.go.
package adapter
