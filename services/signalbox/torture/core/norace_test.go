//go:build !race

package core_test

// defaultSeeds take half a minute of one processor.
const defaultSeeds = 2000
