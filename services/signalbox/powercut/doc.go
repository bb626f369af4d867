// Command powercut tells what a power cut costs. It runs the real binary with its
// data_dir on a small file system of its own, publishes events, and then cuts the
// file system off without letting anything more reach the disk, which is what
// losing the power does. It mounts again and counts what had been acknowledged
// and is gone.
//
// It needs root and Linux, because it mounts a file system; it touches none that
// it did not make. It judges nothing but `sync: always`, which must lose nothing.
package main
