// Package story plays the demo's story on the simulated vendors:
//
// A web shop runs two campaigns. Bots click through one of them, spring-sale.
// Anura sees it from the start, the shop's visitors drop, a report counts the
// bots, Anomify finds the sale's figures odd, and meanwhile two people say
// that one of Anodot's alerts is noise.
//
// The same story is told every time, only its stamps differ: they are the wall
// clock's when things happen. It is told once; then the world stands still.
// The package decides nothing about what should be done: that is the router's.
package story
