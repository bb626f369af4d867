// Package anodot imitates the part of Anodot's REST API v2 that Signalbox
// uses: access tokens, alert configurations with pause and resume, and the
// feedback that people give.
//
// It is written from the vendor's API reference and shares nothing with the
// client that calls it. It detects no anomalies and judges no alert: its state
// is what tests, stories and replays put in.
//
// What the reference leaves open, and this package therefore assumes, is in
// assumed.go.
package anodot
