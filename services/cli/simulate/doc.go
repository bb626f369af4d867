// Package simulate is the command that serves the five simulated vendors
// alone: with the demo's story, with a scenario of somebody's own, with a folder
// of real data, or with nothing but what is put in over /control. It refuses to listen beyond loopback
// unless it is told that the network is trusted.
package simulate
