// Package anomify imitates the part of the Anomify API that Signalbox uses:
// anomalies, watchers, ping and status, in the API's status/data envelope.
//
// It is written from the vendor's documentation and shares nothing with the
// client that calls it. It learns nothing about metrics: its anomalies are
// what tests, stories and replays put in.
//
// The documentation names these endpoints but shows neither parameters nor
// answers of most; what this package assumes is in assumed.go.
package anomify
