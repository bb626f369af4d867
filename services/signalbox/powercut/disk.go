package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"unsafe"
)

const (
	// diskBytes is room for some minutes of events.
	diskBytes = 2 << 30
	// shutdown is EXT4_IOC_SHUTDOWN of the kernel's ext4.h; with noFlush nothing
	// that is not on the disk yet comes there any more.
	shutdown = 0x8004587d
	noFlush  = 2
)

// disk is an ext4 file system in a file.
type disk struct{ image, mount string }

// newDisk makes a file system below dir and mounts it.
func newDisk(ctx context.Context, dir string) (disk, error) {
	d := disk{image: filepath.Join(dir, "disk.img"), mount: filepath.Join(dir, "disk")}
	if err := os.Mkdir(d.mount, 0o700); err != nil {
		return d, fmt.Errorf("make the folder to mount at: %w", err)
	}
	file, err := os.Create(d.image)
	if err != nil {
		return d, fmt.Errorf("make the disk: %w", err)
	}
	if err := errors.Join(file.Truncate(diskBytes), file.Close()); err != nil {
		return d, fmt.Errorf("make the disk: %w", err)
	}
	if err := run(ctx, "mkfs.ext4", "-q", d.image); err != nil {
		return d, err
	}
	return d, d.attach(ctx)
}

func (d disk) attach(ctx context.Context) error {
	return run(ctx, "mount", "-o", "loop", d.image, d.mount)
}

func (d disk) detach(ctx context.Context) error { return run(ctx, "umount", d.mount) }

// cut ends the file system as it is on the disk at this moment.
func (d disk) cut() error {
	folder, err := os.Open(d.mount)
	if err != nil {
		return fmt.Errorf("cut the disk off: %w", err)
	}
	defer func() { _ = folder.Close() }()
	flags := uint32(noFlush)
	_, _, code := syscall.Syscall(syscall.SYS_IOCTL, folder.Fd(), shutdown, uintptr(unsafe.Pointer(&flags))) //nolint:gosec // the kernel's interface
	if code != 0 {
		return fmt.Errorf("cut the disk off: %w", code)
	}
	return nil
}

func run(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput() //nolint:gosec // the commands of this file
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}
