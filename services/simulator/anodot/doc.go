// Package anodot imitates Anodot's REST API v2 as far as it is documented:
// access tokens, alert configurations, feedback, data sources and data streams,
// channels, metrics 2.0, firings of alerts, anomalies and user events. Its webhook
// channels push, when a test or a story says so.
//
// It is written from the vendor's API reference and shares nothing with the
// client that calls it. It detects no anomalies and judges no alert: its state
// is what tests, stories and replays put in.
//
// What the reference leaves open, and this package therefore assumes, is in
// assumed.go.
package anodot
