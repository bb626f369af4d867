// Package analytics imitates the Analytics Platform API v2: sites, aggregated
// statistics, real-time figures, custom events and page views.
//
// It is written from the vendor's documentation and shares nothing with the
// client that calls it. It tracks no browser: its figures are what tests,
// stories and replays put in.
//
// What the documentation leaves open, and this package therefore assumes, is
// in assumed.go.
package analytics
