// Package vendor stands before the simulated vendors: it counts the calls,
// tells of each before it is carried out and before its answer, and can carry a
// call out and never answer it, as a vendor does that is too slow.
//
// What the vendors did is in the simulator's own log.
package vendor
