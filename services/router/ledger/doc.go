// Package ledger keeps one durable record of each action: a value of the
// bucket SIGNALBOX_LEDGER under the action's id, changed by compare-and-set
// only.
//
// An action moves along one table:
//
//	         ┌──────────────────────────────┐
//	         v                              │ no effect, another attempt is due
//	new → PENDING ── attempt ──→ ATTEMPTING ┘
//	         │                      │
//	         └──────────────────────┴──→ DONE │ FAILED │ EXPIRED │ REFUSED
//
// PENDING means that nothing has been asked of the vendor, or that what was
// asked certainly had no effect. ATTEMPTING means that it may have had one:
// whoever finds an action there after a crash reads the vendor back before
// anything is repeated. ATTEMPTING may follow ATTEMPTING with one attempt
// more.
//
// A state is written to the bucket first and published on SIGNALBOX_ACTIONS
// then. PENDING and ATTEMPTING are on the stream before anything follows from
// them. A final state, and every state of a resume, is published later if the
// stream does not take it at once ([Ledger.Deliver]). [Ledger.Recover] publishes
// what a former process could not: the present state of every unfinished action,
// and of the finished ones beyond the mark that the bucket keeps. The message id
// (action, state, attempts) makes a second one vanish or at least recognizable.
//
// A record that cannot be decoded is never replaced, except that of a resume.
//
// The ledger calls no vendor and decides nothing.
package ledger
