// Package demo is the command that shows the whole loop in about a minute:
// every target in one process, an embedded bus in a temporary folder, the five
// vendors simulated on loopback, real HTTP and real gRPC in between. It tells
// the story as it happens, judges it by reading everything back, and leaves
// nothing behind.
package demo
