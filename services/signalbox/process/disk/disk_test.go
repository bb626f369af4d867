package disk_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/signalbox/process/disk"
)

// newDisk passes over the test where the machine lets nobody mount: `make test` is also
// for people who are not root, and for containers whose root may not. CI may. Whatever
// else keeps a disk from being made is a failure.
func newDisk(t *testing.T) *disk.Disk {
	t.Helper()
	if err := disk.CanMake(); err != nil {
		t.Skip(err)
	}
	d, err := disk.New(t.Context(), t.TempDir(), 16<<20)
	if err != nil && strings.HasPrefix(err.Error(), "mount: ") {
		t.Skip("this machine mounts no file system: ", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Detach(context.WithoutCancel(t.Context()))) })
	return d
}

func TestDisk_HoldsWritesWhileItIsFrozen(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	name := filepath.Join(d.Mount, "file")
	require.NoError(t, os.WriteFile(name, []byte("before"), 0o600))
	require.NoError(t, d.Freeze())
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(name, []byte("after"), 0o600) }()
	select {
	case err := <-written:
		require.NoError(t, d.Thaw())
		t.Fatal("a write came through: ", err)
	case <-time.After(200 * time.Millisecond):
	}
	require.NoError(t, d.Thaw())
	require.NoError(t, <-written)
}

func TestDisk_SlowLetsWritesThroughAndEndsThawed(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Slow(ctx, rand.New(rand.NewPCG(1, 2))) }()
	longest := time.Duration(0)
	for longest < 50*time.Millisecond { // until one has waited
		began := time.Now()
		require.NoError(t, os.WriteFile(filepath.Join(d.Mount, "file"), []byte("one"), 0o600))
		longest = max(longest, time.Since(began))
	}
	stop()
	require.NoError(t, <-ended)
	require.NoError(t, os.WriteFile(filepath.Join(d.Mount, "file"), []byte("two"), 0o600))
}
