// Package rules holds the commands about rules: those that check and test files,
// and those that ask a running Signalbox about the rules that decide there. They
// decide nothing about live events.
package rules
