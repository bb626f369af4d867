// Package suite tests rules: a suite is a YAML file with cases, a case tells a
// story of events and of passing time, and says what is decided and done. The
// package reads suites, plays their cases on the engine that runs live, compares,
// and tells the difference, and which clauses of the rules no case exercised.
//
// Each case is played several times over: as it stands, with a snapshot and a
// restore after every step, with each timer by itself, and with every event
// delivered twice. The engine must decide the same each time; where it does not,
// the case fails for that reason.
//
// The package is pure: it reads no file, no clock and no network; whoever calls
// it hands it the files. It touches no vendor: an action that is asked for
// counts as done at once, unless the story says otherwise.
package suite
