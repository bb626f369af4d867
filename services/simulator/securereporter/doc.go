// Package securereporter imitates the part of Secure Reporter that Signalbox
// uses: calling a report by name or number, and the server's time.
//
// It is written from the vendor's documentation and shares nothing with the
// client that calls it. It runs no SQL: a report is a list of rows and the
// bind variables that pick among them.
//
// What the documentation leaves open, and this package therefore assumes, is
// in assumed.go.
package securereporter
