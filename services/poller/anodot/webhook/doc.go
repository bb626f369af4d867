// Package webhook takes what Anodot's webhook channels push to
//
//	POST /hooks/anodot/<secret>
//
// and publishes the anomaly events that a poll of the same firings would give.
// The secret is configured for each account and says whose the push is.
//
// A push is answered when the stream has acknowledged its events:
//
//	200  published, or on the stream already: pushing again changes nothing
//	400  no JSON object; kept as a dead letter
//	404  no such secret, told in the same time whatever was guessed
//	405  another method than POST
//	408  the body did not arrive in time
//	413  too large
//	422  JSON, but of no firing, or of more than 1000; kept as a dead letter
//	429  pushed too often
//	503  starting, stopping, too much at once, or the bus is away: push again
//
// One firing of several that cannot be read is a dead letter of its own and
// costs the others nothing.
//
// The vendor signs nothing, so the secret is all that tells it from others. It
// is in no log, error, metric, trace or event. The package never calls the
// vendor, and judges no firing.
package webhook
