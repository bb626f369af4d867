// Package securereporter imitates what Secure Reporter's documentation lists
// for callers with a token: reports as rows, as HTML and by mail, what they are
// made of, and the server's time.
//
// It is written from the vendor's documentation and shares nothing with the
// client that calls it. It runs no SQL: a report is a list of rows and the
// bind variables that pick among them. It sends no mail; it keeps what it would
// have sent.
//
// What the documentation leaves open, and this package therefore assumes, is
// in assumed.go.
package securereporter
