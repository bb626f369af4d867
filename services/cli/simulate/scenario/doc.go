// Package scenario reads what a person wrote down to happen at the simulated
// vendors (a [simulatorv1.Scenario] as YAML), says of every mistake in it where
// it stands, and plays it: facts that come once or again and again, and faults
// that come and go.
//
// It knows no clock but the simulator's and makes no fact of its own: the same
// file gives the same facts in the same order, but for their stamps. What
// happens at one instant happens in the order of the file, faults first.
package scenario
