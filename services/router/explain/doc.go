// Package explain tells clause by clause how rules judge one event, with the
// state as of that event: why something happened, and why something did not. A
// [Run] is shown the events up to that one, in the order in which they came, and
// those after it for as long as a judgement may wait; it decides with the live
// engine and says what each clause saw. So it answers for rules that have changed
// since, and for rules that do not exist yet.
//
// The package is pure: whoever feeds a run reads the stream or a file. It calls no
// vendor, publishes nothing and keeps nothing.
package explain
