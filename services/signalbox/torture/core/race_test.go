//go:build race

package core_test

// defaultSeeds are fewer under the race detector, which makes each ten times as slow.
const defaultSeeds = 100
