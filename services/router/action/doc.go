// Package action carries actions out: it takes each from the ledger to its end
// by calling the adapters, and undoes what a lease holds at its end.
//
// Each target of a source has a lane: its actions run one after the other, in
// the order in which they were asked for, a pause before its resume. Lanes do
// not wait for each other; a source serves a bounded number of lanes at once.
//
// What an action asks for is an [effect]: how to look for it at the vendor, how to
// ask for it, and what follows from that. Three ways lead from there to the
// action's end: one that can be read back is performed, one that cannot is sent,
// and one that ends a lease undoes.
//
// One pass over an action reads the vendor first, then asks for the effect; the
// next reads it back, or waits. What a failed call means decides where the
// action stands:
//
//   - no effect for certain (rate limited, credential refused, circuit open):
//     PENDING again, another attempt is due later;
//   - refused for good: FAILED, unless an earlier attempt may have had the
//     effect, and never for what ends a lease; that a target does not exist is
//     believed then only if it lasts;
//   - anything else (timeout, connection lost, a 5xx): the effect may have
//     happened. The action stays ATTEMPTING until the vendor has been read.
//
// An action that is found ATTEMPTING after a crash is read back the same way.
// docs/actions.md tells the rule of each type. A pause is neither counted as
// made nor called unmade before the vendor tells; a call that was cut off may
// still arrive, so that takes as long as a call may. What would be there twice is
// not made again while the first may still appear, and what nobody can read back
// and would do harm twice is not repeated at all. What ends a lease is repeated
// until it is seen, and waits neither for the stream of actions nor for pauses
// that hang.
//
// The leases are compared with the vendors' state by lists, whatever their number.
//
// The package does not decide what should be done, and it never undoes what is not
// under one of our leases.
package action
