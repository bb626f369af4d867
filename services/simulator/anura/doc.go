// Package anura imitates Anura's Reporting API: instances, sources, campaigns,
// the overview and the reports of both products, and raw reports with the files
// that they lead to.
//
// It is written from the vendor's documentation and public material and shares
// nothing with the client that calls it. It judges no visitor: its counts are
// what tests, stories and replays put in.
//
// The documentation shows neither endpoints nor answers; what comes from
// public material, and what is assumed, is in assumed.go.
package anura
