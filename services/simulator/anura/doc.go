// Package anura imitates the part of Anura's Reporting API that Signalbox
// uses: instances, sources, campaigns and the overview of the Direct product.
//
// It is written from the vendor's documentation and public material and shares
// nothing with the client that calls it. It judges no visitor: its counts are
// what tests, stories and replays put in.
//
// The documentation shows neither endpoints nor answers; what comes from
// public material, and what is assumed, is in assumed.go.
package anura
