// Package wire stands between a client and a NATS server: it passes their words
// on, counts what the client writes, and cuts the client off exactly where it
// is told to, before a write reaches the server or after the server took it and
// before the client knows. A [Relay] passes bytes on and holds them back.
//
// It knows NATS' client protocol and nothing of Signalbox but the subjects on
// which things are stored.
package wire
