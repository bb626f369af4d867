// Package rules holds the commands about rules files. They read the files that
// they are given and nothing else, and decide nothing about events.
package rules
