// Package matchbench measures package match: flatness in the number of rules,
// the distance to evaluating every program by itself and to unmarshalling an
// event. Everything a ratio compares is measured in turns in one run, in
// processor time of this process, and the best round counts. It is for
// benchmarks only; nothing that serves imports it.
package matchbench
