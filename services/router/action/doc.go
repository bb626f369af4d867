// Package action carries actions out: it takes each from the ledger to its end
// by calling the adapters, and resumes what a lease paused.
//
// Each target of a source has a lane: its actions run one after the other, in
// the order in which they were asked for, a pause before its resume. Lanes do
// not wait for each other; a source serves a bounded number of lanes at once.
//
// One pass over an action reads the vendor first, then asks for the effect; the
// next reads it back, or waits. What a failed call means decides where the
// action stands:
//
//   - no effect for certain (rate limited, credential refused, circuit open):
//     PENDING again, another attempt is due later;
//   - refused for good: FAILED, unless an earlier attempt may have had the
//     effect, and never for a resume; that an alert does not exist is believed
//     then only if it lasts;
//   - anything else (timeout, connection lost, a 5xx): the effect may have
//     happened. The action stays ATTEMPTING until the vendor has been read.
//
// An action that is found ATTEMPTING after a crash is read back the same way.
// docs/actions.md tells the rule of each type. A pause is neither counted as
// made nor called unmade before the vendor tells; a call that was cut off may
// still arrive, so that takes as long as a call may. A watcher is not created
// again while the first may still appear. A resume is repeated until it is seen,
// and waits neither for the stream of actions nor for pauses that hang.
//
// The package does not decide what should be done, and it never touches a pause
// that is not under one of our leases.
package action
