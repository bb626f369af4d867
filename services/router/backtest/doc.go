// Package backtest runs sets of rules over events that are over: what they
// would have decided, asked for and paused. A [Run] takes events, and what else
// decisions depend on, in the order in which they came, and tells of each
// decision ([Options.Line]), of what differs between two sets
// ([Options.Difference]), and in the end of what it all comes to
// ([Run.Summary]). It is the live engine; nothing here decides.
//
// A run is pure and belongs to one goroutine: whoever feeds it reads files
// (package eventfile) or the stream ([Stream]). It calls no vendor, publishes
// nothing and keeps nothing.
//
// # What is counted
//
// Pauses are pause_alert and pause_stream of FIRED, SUGGESTED and SHADOW
// decisions: what would be paused if every rule were in mode auto and every
// suggestion approved at once. A pause lasts from the time of its decision to
// its until, or to a resume of the same target. Times that overlap count once:
// for a rule its own, for the summary those of every rule.
//
// A vote or an anomaly fell into a pause if it is about the alert, at the
// pause's source, and occurred after the pause began and before it ended, both
// exclusive. GOOD_CATCH votes are good catches hidden; NOT_INTERESTING votes
// and anomalies are noise avoided. Duplicates and late events do not count.
//
// # What differs
//
// Actions of two sets are compared by type, source and target; those of
// decisions in shadow are not asked for. Two with the same time and the same
// until are the same, whichever rule asks for them. Of the rest the earliest
// ones on the same target are the two halves of a moved one, if at most a day
// lies between them; others are added or removed.
package backtest
