package state

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever reads a number of things goes through so many: one that cannot be true
// must not be believed, however little is read of each. Nothing outside sees the
// bound itself.
func TestReader_CountBelievesNoMoreThanThereCanBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n               uint64
		bytes, minBytes int
		isTrue          bool
	}{
		{n: 0, bytes: 0, minBytes: 5, isTrue: true},
		{n: 2, bytes: 10, minBytes: 5, isTrue: true},
		{n: 2, bytes: 14, minBytes: 5, isTrue: true},
		{n: 3, bytes: 14, minBytes: 5},
		{n: 1, bytes: 4, minBytes: 5},
		{n: 14, bytes: 14, minBytes: 1, isTrue: true},
		{n: 15, bytes: 14, minBytes: 1},
		{n: math.MaxInt64, bytes: 14, minBytes: 1},
		{n: math.MaxInt64 + 3, bytes: 14, minBytes: 5},
		{n: math.MaxUint64, bytes: 14, minBytes: 1},
	} {
		r := &reader{rest: append(binary.AppendUvarint(nil, c.n), make([]byte, c.bytes)...)}
		got := r.count(c.minBytes)
		if c.isTrue {
			require.NoError(t, r.err, "%+v", c)
			require.Equal(t, int(c.n), got)
			require.Len(t, r.rest, c.bytes)
			continue
		}
		require.ErrorIs(t, r.err, ErrCorrupt, "%+v", c)
		require.Zero(t, got)
		require.Empty(t, r.rest)
		require.Zero(t, r.count(1), "after a fault there is nothing more")
	}
}
