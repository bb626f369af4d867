// Package event is the kernel of Signalbox: identity and kind of the
// normalized event. It does no I/O, knows no vendor and no bus; everything
// else may depend on it, it depends on the generated messages only.
package event
