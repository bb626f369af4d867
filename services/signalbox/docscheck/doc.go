// Command docscheck runs every command of the pages as a reader would: it
// starts `signalbox demo --keep` and `signalbox simulate`, and hands each line
// of the ```sh blocks of README.md, CONTRIBUTING.md and docs to bash. It
// replaces no more than this:
//   - the default addresses of the query service by those of the demo, also
//     where a client command names none; the simulator's by those of its own;
//   - files below deploy by copies, in which the ports to listen on are free
//     ones and the vendors are its own simulator; data go beside the copies;
//   - the port of `signalbox simulate` by a free one.
//
// A line that never ends by itself is interrupted after a while; one that ends
// before has failed. Lines that call make are compared with the Makefile's
// targets only: CI runs those itself. No credential is in the environment.
//
// It judges exit codes, not what is printed, and runs nothing that a page does
// not say.
package main
