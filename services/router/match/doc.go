// Package match tells which of many conditions hold for an event, at a cost
// that hardly depends on how many there are. It is pure: no clock, network,
// file or goroutine, and the same answer every time.
//
// # Use
//
// [New] builds an immutable [Index] of conditions. A [Matcher], one per
// goroutine, reads an event, from a message or straight from its wire bytes,
// and [Matcher.Match] gives the numbers of the conditions that hold and those
// that failed: exactly what evaluating every program by itself gives, with
// one exception that is named below. A changed set of conditions is a new
// index: building one of 10,000 conditions takes a tenth of a second.
//
// # How it works
//
// Each condition comes apart into conjuncts (see [expr.Split]): comparisons of
// one attribute with constants, which are tested here without CEL, and a rest,
// one CEL program, which is asked last. Attributes have slots, and an event
// fills the slots once. Conditions are found on three ways, within the events
// of each kind:
//
//   - by value: the most selective equality or list of a condition is a key of
//     a hash table;
//   - by literal: a text that the condition's prefix, suffix, part or regular
//     expression needs is found by one pass of an Aho-Corasick automaton;
//   - by bitmap: for the others, each value of an attribute of few values, and
//     each range of a number, has a bitmap of the conditions that it does not
//     rule out. The bitmaps of an event are combined word by word; conditions
//     that the same values rule out lie in the same words, so that most words
//     are done after one or two of them.
//
// Where many conditions share one value or literal, they have an index of
// their own, made of the tests that remain; so ten thousand conditions on one
// hot value cost little more than any other ten thousand. What is found runs
// through the tests that no way has decided, the cheap ones first, and then
// through its rest.
//
// # Failures
//
// A condition whose value is not there (see [expr.HasNoValue]) does not hold
// and has not failed. A failure is anything else: an overflow, a bad
// conversion. Of several errors the first in the text counts, so a conjunct
// behind a part that may fail is only taken out of the rest where its value
// cannot be absent.
//
// The exception: a rest that exceeds its limit of work fails only where the
// conjuncts before it hold. CEL by itself would have it fail also where one of
// them has no value.
//
// # Classes
//
// [Classify] says how a condition is found and what its rest costs. Scanned
// conditions, which nothing narrows down, cost their evaluation on every event
// of their kinds; [CheckQuota] bounds how many of them there may be.
package match
