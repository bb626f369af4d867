// Package disk has file systems of their own for the programs that test the binary
// from outside: small ones, that can be cut off as by a power cut, and that can be
// slow. It needs Linux and root, and touches no file system that it did not make.
package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"unsafe"
)

// What the kernel is asked for.
const (
	// shutdown is EXT4_IOC_SHUTDOWN of the kernel's ext4.h; with noFlush nothing
	// that is not on the disk yet comes there any more.
	shutdown = 0x8004587d
	noFlush  = 2
	// freeze and thaw are FIFREEZE and FITHAW of the kernel's fs.h.
	freeze = 0xc0045877
	thaw   = 0xc0045878
)

// Disk is an ext4 file system in a file. It is for one goroutine. Its owner calls
// Detach.
type Disk struct {
	// Mount is the folder where it is.
	Mount string

	image string
}

// CanMake returns why this process can make no disk, nil if it can.
func CanMake() error {
	switch {
	case runtime.GOOS != "linux":
		return errors.New("file systems are mounted on Linux only")
	case os.Geteuid() != 0:
		return errors.New("only root mounts a file system")
	}
	if _, err := exec.LookPath("mkfs.ext4"); err != nil {
		return fmt.Errorf("make a file system: %w", err)
	}
	return nil
}

// New makes a file system of so many bytes below dir, of which the file takes what
// is used, and mounts it.
func New(ctx context.Context, dir string, bytes int64) (*Disk, error) {
	d := &Disk{image: filepath.Join(dir, "disk.img"), Mount: filepath.Join(dir, "disk")}
	if err := os.MkdirAll(d.Mount, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder to mount at: %w", err)
	}
	file, err := os.Create(d.image)
	if err != nil {
		return nil, fmt.Errorf("make the disk: %w", err)
	}
	if err := errors.Join(file.Truncate(bytes), file.Close()); err != nil {
		return nil, fmt.Errorf("make the disk: %w", err)
	}
	if err := run(ctx, "mkfs.ext4", "-q", d.image); err != nil {
		return nil, err
	}
	return d, d.Attach(ctx)
}

// Attach mounts it.
func (d *Disk) Attach(ctx context.Context) error {
	return run(ctx, "mount", "-o", "loop", d.image, d.Mount)
}

// Detach unmounts it.
func (d *Disk) Detach(ctx context.Context) error { return run(ctx, "umount", d.Mount) }

// Cut ends the file system as it is on the disk at this moment.
func (d *Disk) Cut() error { return d.control(shutdown, noFlush, "cut the disk off") }

// Freeze lets every write wait until Thaw; what is read from memory is not held up.
func (d *Disk) Freeze() error { return d.control(freeze, 0, "freeze the disk") }

// Thaw ends Freeze.
func (d *Disk) Thaw() error { return d.control(thaw, 0, "thaw the disk") }

func (d *Disk) control(request uintptr, value uint32, what string) error {
	folder, err := os.Open(d.Mount)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer func() { _ = folder.Close() }()
	_, _, code := syscall.Syscall(syscall.SYS_IOCTL, folder.Fd(), request, uintptr(unsafe.Pointer(&value))) //nolint:gosec // the kernel's interface
	if code != 0 {
		return fmt.Errorf("%s: %w", what, code)
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
