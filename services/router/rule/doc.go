// Package rule turns rules files into a compiled set of rules. It parses the
// YAML, checks every rule against the rule language and against the sources
// that exist, compiles the expressions, and reports everything that is wrong
// at once, each fault with file, line, column, the rule's name and what was
// expected.
//
// The package is pure: it reads no file, no clock and no network. It decides
// nothing about events; that is what package engine does with a [Set].
package rule
