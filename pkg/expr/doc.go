// Package expr is the one expression language of Signalbox: CEL over the
// normalized event, over a message of the read model or over a row of a
// report. Rules, list filters, live tails and the mappings of pollers all use
// it, so a user learns one language.
//
// What it adds to plain CEL:
//
//   - Everything is type-checked against the protos. Enum values are written
//     without their prefix (NOT_INTERESTING, CRITICAL, OPEN) and compare only
//     with fields of their own enum.
//   - A label, measure, column or optional field that is not there has no
//     value, as NULL in SQL: no comparison holds on it, && and || absorb it
//     where the other side decides, has() asks for it. An expression that ends
//     without a value gives [ErrAbsent].
//   - Integer literals stand for doubles where the other operand is one, so
//     `anomaly.score == 1` compiles.
//   - A division by zero has no value either; it gives [ErrDivisionByZero].
//   - The size of expressions, patterns and results is bounded, and so is the
//     work of comprehensions, so that a hostile filter cannot hurt.
//
// The package does no I/O, reads no clock and starts nothing. Programs are
// safe for concurrent use; [Vars] belong to one goroutine at a time.
package expr
