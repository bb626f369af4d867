// Command bench measures the real binary, each figure beside a floor that was
// measured in the same run: the same machine, the same minute, as little code
// as the task can be done with. So figures of two machines can be compared by
// their ratios.
//
// It judges and does not fail: a bar that is missed reads MISS in the table
// and leaves the exit code 0, because a busy machine is no fault of the code.
// docs/benchmarks.md explains each row.
package main
