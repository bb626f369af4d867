// Command docscheck runs every command of the pages as a reader would: it
// starts `signalbox demo --keep`, and hands each line of the ```sh blocks of
// README.md, CONTRIBUTING.md and docs to bash, with the demo's addresses in
// place of the default ones. A line that never ends by itself is interrupted
// after a while. Lines that call make are compared with the Makefile's targets
// only: CI runs those itself.
//
// It judges exit codes, not what is printed, and runs nothing that a page does
// not say.
package main
