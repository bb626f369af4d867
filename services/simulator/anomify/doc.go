// Package anomify imitates the Anomify API: anomalies and their training,
// watchers, exclusions, metrics and their series, patterns and matches,
// pictures, the organization and its admin alerts, ping and status, in the
// API's status/data envelope. Of the documented endpoints it leaves out what a
// service has no use for: accounts, sign-up, billing, and the site's own.
//
// It is written from the vendor's documentation and shares nothing with the
// client that calls it. It learns nothing about metrics: its anomalies are
// what tests, stories and replays put in.
//
// The documentation names these endpoints but shows neither parameters nor
// answers of most; what this package assumes is in assumed.go.
package anomify
