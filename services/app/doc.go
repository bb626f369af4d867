// Package app is the composition root: it knows every service, puts the ones
// that a process is asked to run together with what they share (logger,
// metrics, health, bus, gRPC and HTTP), and starts and stops them in order. It
// holds no logic of its own, and nothing but the command line imports it.
//
// A process starts from the outside in: listeners first, so that an address in
// use ends the start at once and /readyz tells what is being waited for; then
// the bus, then the services, then gRPC. It stops the other way round: streams
// end, then what reads and decides, then calls are drained, then the adapters
// and the bus go.
package app
