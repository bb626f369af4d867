// Package process runs the real binary for the programs that test it from
// outside: it starts a process, waits until it answers, reads what the kernel
// says of it, and kills it as hard as is asked for. It judges nothing, and it
// ends no process that it did not start.
package process
