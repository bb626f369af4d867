// Command longrun keeps the real binary busy for a long time and tells whether
// anything grows: memory, goroutines, open files. Simulated vendors play recorded
// data, faster than they happened; every target of Signalbox runs in one process,
// polls all five, decides, pauses, resumes and creates.
//
// It judges growth only. What is decided and done is judged elsewhere: replaycheck
// compares events, referencecheck decisions, torture effects.
package main
