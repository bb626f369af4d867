package state_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// A hasher makes the keys that are in snapshots, whatever it made before.
func TestHasher_MakesTheSameKeys(t *testing.T) {
	t.Parallel()
	h := state.NewHasher()
	for length := range 200 {
		text := strings.Repeat("x", length)
		for _, parts := range [][]string{{text}, {text, ""}, {"", text, "tail"}, {"head", text[:length/2], text}, {}} {
			require.Equal(t, state.KeyOf(parts...), h.Of(parts...), "%q", parts)
		}
	}
}

func BenchmarkKeyOf(b *testing.B) {
	for b.Loop() {
		state.KeyOf("campaign-3f2a9c-1000000")
	}
}

func BenchmarkHasher(b *testing.B) {
	h := state.NewHasher()
	for b.Loop() {
		h.Of("campaign-3f2a9c-1000000")
	}
}
